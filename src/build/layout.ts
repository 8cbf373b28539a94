/**
 * The layout of shared memory, as the compiler sees it: every constant of `layout.ts`, and every structure of `obj/`
 * with its size and its fields' offsets. We compile a small probe module from the same sources and call it. So
 * nothing is copied by hand, and a variant that changes a structure carries its own layout.
 */

import { instantiate } from "../wasm/loader.js";
import { mustAgree } from "./agreed.js";
import { compileSources } from "./compiler.js";

import { type Declarations, findDeclarations, type StructDeclaration } from "./declarations.js";
import { BuildError } from "./diagnostic.js";
import type { SourceTree } from "./sources.js";
import type { CompilerOptions } from "./target.js";

/** How a field is stored: what the host reads and writes at its offset. */
export type FieldType = "bool" | "u8" | "i8" | "u16" | "i16" | "u32" | "i32" | "u64" | "i64" | "f32" | "f64";

/** One field: its byte offset in the structure, its storage type, and the structure that it points to, if any. */
export interface FieldLayout {
  readonly offset: number;
  /** How it is stored. Absent: `u32`, the most common type. */
  readonly type?: FieldType;
  /** The declared type, where it differs from the storage type: `Page | null`, `usize`. */
  readonly declared?: string;
}

/** One structure; `size` in bytes, not rounded up; `align` is the size of its largest field. */
export interface StructLayout {
  readonly size: number;
  readonly align: number;
  readonly fields: Readonly<Record<string, FieldLayout>>;
}

/** Contents of the custom section `rmap.layout`. */
export interface Layout {
  /** Numbers; a 64-bit value that is not a safe integer is a decimal string. */
  readonly constants: Readonly<Record<string, number | string>>;
  readonly structs: Readonly<Record<string, StructLayout>>;
}

/** A field as a layout's section holds it: a plain `u32` as its offset, a plain field of another type as `"40 u64"`. */
type PackedField = FieldLayout | number | string;

/** A layout as its section holds it. A page loads it with the engine, so it is short. */
export interface PackedLayout {
  readonly constants: Layout["constants"];
  readonly structs: Readonly<
    Record<string, Omit<StructLayout, "fields"> & { readonly fields: Readonly<Record<string, PackedField>> }>
  >;
}

/** The form for the section. */
export function packLayout(layout: Layout): PackedLayout {
  return withFields(layout, (field: FieldLayout): PackedField => {
    const { offset, type, ...more } = field;
    if (Object.keys(more).length > 0) return field;
    return type === undefined ? offset : `${offset} ${type}`;
  });
}

/** The layout that a section holds. */
export function unpackLayout(packed: PackedLayout): Layout {
  return withFields(packed, (field: PackedField): FieldLayout => {
    if (typeof field === "number") return { offset: field };
    if (typeof field !== "string") return field;
    const [offset, type] = field.split(" ");
    return { offset: Number(offset), type: type as FieldType };
  });
}

/** A layout with every field in another form. */
function withFields<From, To>(
  layout: {
    readonly constants: Layout["constants"];
    readonly structs: Readonly<
      Record<
        string,
        { readonly size: number; readonly align: number; readonly fields: Readonly<Record<string, From>> }
      >
    >;
  },
  change: (field: From) => To,
) {
  const structs = Object.entries(layout.structs).map(([name, struct]) => {
    const fields = Object.entries(struct.fields).map(([field, form]) => [field, change(form)] as const);
    return [name, { ...struct, fields: Object.fromEntries(fields) }] as const;
  });
  return { constants: layout.constants, structs: Object.fromEntries(structs) };
}

/** Name of the custom section that holds the layout. */
export const LAYOUT_SECTION = "rmap.layout";

const PROBE = "layout.probe.ts";

/** Bits of the result of the probe's `kind`: size in bytes, and flags of the type. */
const KIND = { size: 0xff, signed: 0x100, float: 0x200, reference: 0x400, boolean: 0x800 };

/**
 * Computes the layout of the sources. Throws a BuildError when they do not compile, when their top level fails, or
 * when a constant is not an integer or has a value that the host cannot use. Calls `onProbe` when their code begins
 * to run, and when it ends.
 */
export async function probeLayout(
  sources: SourceTree,
  options: CompilerOptions,
  onProbe: (runs: boolean) => void,
): Promise<Layout> {
  const declarations = await findDeclarations(sources);
  rejectDuplicates(declarations.structs, sources);
  const withProbe = new Map(sources).set(PROBE, { file: `(${PROBE})`, text: probeSource(declarations) });
  const { wasm } = await compileSources(withProbe, PROBE, {
    ...options,
    optimizeLevel: 0,
    converge: false,
    debug: false,
  });
  const module = await WebAssembly.compile(wasm as Uint8Array<ArrayBuffer>);
  onProbe(true);
  const call = await instantiateProbe(module, options).catch((error: Error) => {
    const file = sources.get("layout.ts")?.file ?? "layout.ts";
    const message = `the top level of this file, or of one in obj/, fails: ${error.message}`;
    throw new BuildError([{ file, line: 1, column: 1, message }]);
  });
  onProbe(false);
  const constants = Object.fromEntries(
    declarations.constants.map((name, i) => [name, constantValue(name, call(`v${i}`), call(`k${i}`))]),
  );
  mustAgree(constants, sources);
  return {
    constants,
    structs: Object.fromEntries(
      declarations.structs.map((struct, i) => [struct.name, structLayout(struct, i, declarations, call)]),
    ),
  };
}

type Call = (name: string) => bigint;

/** A field's storage type, from the probe's answer. References are 32-bit addresses. */
function storageType(kind: number): FieldType {
  if (kind & KIND.boolean) return "bool";
  if (kind & KIND.reference) return "u32";
  const letter = kind & KIND.float ? "f" : kind & KIND.signed ? "i" : "u";
  return `${letter}${(kind & KIND.size) * 8}` as FieldType;
}

function structLayout(struct: StructDeclaration, i: number, all: Declarations, call: Call): StructLayout {
  const fields = fieldsOf(struct, all).map(({ name, type }, j) => {
    const stored = storageType(Number(call(`k${i}_${j}`)));
    const field: FieldLayout = {
      offset: Number(call(`o${i}_${j}`)),
      ...(stored !== "u32" && { type: stored }),
      ...(stored !== type && { declared: type }),
    };
    return [name, field] as const;
  });
  // Nobody reads what only fills a cache line, and a page loads the layout with the engine.
  const named = fields.filter(([name]) => !/^pad\d/.test(name));
  const widths = fields.map(([, { type = "u32" }]) => (type === "bool" ? 1 : Number(type.slice(1)) / 8));
  return { size: Number(call(`s${i}`)), align: Math.max(1, ...widths), fields: Object.fromEntries(named) };
}

/** The fields of a structure, those of the structures it extends first. */
function fieldsOf(struct: StructDeclaration, all: Declarations): StructDeclaration["fields"] {
  const base = all.structs.find(({ name }) => name === struct.base);
  return base === undefined ? struct.fields : [...fieldsOf(base, all), ...struct.fields];
}

function constantValue(name: string, bits: bigint, kind: bigint): number | string {
  if (Number(kind) & (KIND.float | KIND.reference)) {
    throw new BuildError([{ file: "layout.ts", line: 0, column: 0, message: `${name} is not an integer` }]);
  }
  const value = Number(kind) & KIND.signed ? BigInt.asIntN(64, bits) : BigInt.asUintN(64, bits);
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}

function rejectDuplicates(structs: readonly StructDeclaration[], sources: SourceTree): void {
  const seen = new Map<string, string>();
  for (const { name, path } of structs) {
    const other = seen.get(name);
    if (other !== undefined) {
      const message = `${other} declares the structure ${name} too; the name of a structure must be unique`;
      throw new BuildError([{ file: sources.get(path)?.file ?? path, line: 0, column: 0, message }]);
    }
    seen.set(name, path);
  }
}

/** A module with one function for each number that we need. */
function probeSource(all: Declarations): string {
  const module = (path: string): string => `./${path.replace(/\.ts$/, "")}`;
  const lines = [
    ...all.constants.map((name, i) => `import { ${name} as C${i} } from "./layout";`),
    ...all.structs.map(({ name, path }, i) => `import { ${name} as S${i} } from "${module(path)}";`),
    "function kind<T>(value: T): u64 {",
    `  return sizeof<T>() | (isSigned<T>() ? ${KIND.signed} : 0) | (isFloat<T>() ? ${KIND.float} : 0)`,
    `    | (isReference<T>() ? ${KIND.reference} : 0) | (isBoolean<T>() ? ${KIND.boolean} : 0);`,
    "}",
  ];
  all.constants.forEach((_, i) => {
    lines.push(`export function v${i}(): u64 { return <u64>C${i}; }`);
    lines.push(`export function k${i}(): u64 { return kind(C${i}); }`);
  });
  all.structs.forEach((struct, i) => {
    lines.push(`export function s${i}(): u64 { return offsetof<S${i}>(); }`);
    fieldsOf(struct, all).forEach(({ name }, j) => {
      lines.push(`export function o${i}_${j}(): u64 { return offsetof<S${i}>("${name}"); }`);
      lines.push(`export function k${i}_${j}(): u64 { return kind(changetype<S${i}>(1024).${name}); }`);
    });
  });
  return lines.join("\n");
}

/** Instantiates the probe on a small memory of its own. Nothing calls its other imports. */
async function instantiateProbe(module: WebAssembly.Module, options: CompilerOptions): Promise<Call> {
  const shared = options.sharedMemory === true;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared });
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = kind === "memory" ? memory : () => 0;
  }
  const { exports } = await instantiate(module, imports);
  return (name) => (exports[name] as () => bigint)();
}
