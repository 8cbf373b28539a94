/** What `asconfig.json` says: the compiler's options and the overlays of each build. */

/** A compiler option's value: a number, a switch, a string, or a list of strings. */
type OptionValue = string | number | boolean | readonly string[];

/** Compiler options as in `asconfig.json`. The fields below are the ones that the build itself reads. */
export interface CompilerOptions {
  readonly [name: string]: OptionValue | undefined;
  /** Keep the names of functions. */
  readonly debug?: boolean;
  readonly sharedMemory?: boolean;
}

/** One target of `asconfig.json`. */
export interface Target {
  /** Its name: `release`, `checked`, `model`. */
  readonly name: string;
  /** Overlay folders, relative to the project root. */
  readonly overlays: readonly string[];
  /** Where the command line's build puts the module, relative to the project root. */
  readonly outFile: string;
  /** Modules whose imported functions may unwind the stack. Unless this is empty, the build runs Asyncify. */
  readonly asyncify: readonly string[];
  /** Functions that must stay functions of their own, as patterns with `*` over their names. */
  readonly noInline: readonly string[];
  /** Keep the names of functions in the finished module. */
  readonly names: boolean;
  /** Show plain accesses to the host: see plain.ts. */
  readonly plain: boolean;
  /** Optimise quickly: for a target that is compiled anew for each variant. */
  readonly quick: boolean;
  /** The compiler's options: the common ones, then those of the target. */
  readonly options: CompilerOptions;
}

/**
 * A target as `asconfig.json` has it: compiler options, and options that only this build reads (the compiler skips
 * them).
 */
interface TargetEntry extends CompilerOptions {
  readonly overlays?: readonly string[];
  readonly outFile?: string;
  readonly asyncify?: readonly string[];
  readonly names?: boolean;
  readonly plain?: boolean;
  readonly quick?: boolean;
}

/** The file as it is written. */
export interface ConfigFile {
  readonly options?: CompilerOptions;
  /** For all targets: see {@link Target.noInline}. */
  readonly noInline?: readonly string[];
  readonly targets?: Readonly<Record<string, TargetEntry>>;
}

/** Every target of a file. */
export function targetsOf(config: ConfigFile): Target[] {
  return Object.entries(config.targets ?? {}).map(([name, entry]) => {
    const {
      overlays = [],
      asyncify = [],
      names = false,
      plain = false,
      quick = false,
      outFile = `${name}.wasm`,
      ...own
    } = entry;
    const noInline = config.noInline ?? [];
    const options = { ...config.options, ...own };
    return { name, overlays, asyncify, noInline, names, plain, quick, outFile, options };
  });
}

/** A sentence about a target that there is none of. */
export function noTarget(name: string, targets: readonly Target[]): string {
  return `there is no target ${name}; the targets are ${targets.map((target) => target.name).join(", ")}`;
}
