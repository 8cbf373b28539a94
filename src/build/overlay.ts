/**
 * Overlays: the declarations of a file in an overlay folder replace those of the same name in the file of the same path
 * below `assembly/`. This is how the checked and the model build, and every protocol variant, differ from the engine, with no
 * switch in the code itself.
 */

import { nearest } from "../text/nearest.js";
import { OverlayError } from "./diagnostic.js";
import { importsOf, type SourceFile, type SourceTree, shown } from "./sources.js";
import { checkAdded, type Splice, splice } from "./splice.js";

/**
 * An overlay: one folder, or several layers, the lowest first. Where two layers have the same file, the higher one
 * counts.
 */
export type OverlayFolders = string | readonly string[];

/** An overlay folder that was read. */
export interface Layer {
  /** The folder as the caller named it, for messages. */
  readonly folder: string;
  readonly files: SourceTree;
}

/** An overlay that was read: its folders, the lowest first. Each file is known to belong to a file of the layers below. */
export type Overlay = readonly Layer[];

/** What one file of an overlay does to the sources below it. */
export interface Change {
  /** Below `assembly/`. */
  readonly path: string;
  /** On disk. */
  readonly file: string;
  /** The file on disk that it lies over; undefined where it is a new one. */
  readonly over?: string;
  /** Names of the declarations that are other ones than below, or new; undefined where the whole file is new, or cannot be read. */
  readonly names?: readonly string[];
  /** Names of the declarations that stand below it word for word. */
  readonly copies: readonly string[];
  /** The declarations below that it replaces by other ones: by name, their words, without comments and space. */
  readonly below: ReadonlyMap<string, string>;
}

/** Sources with overlays laid over them. */
export interface Composed {
  readonly sources: SourceTree;
  /** By file, in the order of the overlays and their layers. */
  readonly changes: readonly Change[];
}

/**
 * The sources with the overlays laid over them. An overlay may add a file only when one of its files that lie over another
 * imports it, directly or through another added one.
 *
 * Throws an OverlayError when two overlays replace the same declaration, and for a file that changes nothing; a BuildError for
 * a file that holds more than declarations.
 */
export function layOver(base: SourceTree, overlays: readonly Overlay[]): Composed {
  const owners = new Owners();
  const changes: Change[] = [];
  let sources = base;
  for (const overlay of overlays) {
    for (const layer of overlay) {
      const next = new Map<string, SourceFile>(sources);
      const made: Change[] = [];
      for (const [path, source] of layer.files) {
        const below = sources.get(path);
        const done = below && splice(below, source);
        if (below === undefined) checkAdded(source);
        owners.claim(overlay, path, source, done);
        const names = done && !done.whole && { names: done.changed };
        const under = done?.below ?? new Map<string, string>();
        const over = below && { over: below.file };
        made.push({ path, file: source.file, ...over, ...names, copies: done?.copies ?? [], below: under });
        next.set(path, done?.result ?? { ...source, replaced: new Map() });
      }
      rejectUnchanged(layer, made);
      changes.push(...made);
      sources = next;
    }
  }
  return { sources, changes };
}

/** The overlay that replaces a declaration or a file. */
interface Claim {
  readonly overlay: Overlay;
  readonly file: string;
  /** What the name means, where several overlays may have it with the same meaning; undefined for a shared file, else empty. */
  readonly as: string | undefined;
}

/** Which overlay replaces what: no two may replace the same. */
class Owners {
  readonly #claims = new Map<string, Claim>();

  /** Notes what an overlay's file has. Throws an OverlayError when another overlay has it already. */
  claim(overlay: Overlay, path: string, { file }: SourceFile, done: Splice | undefined): void {
    const isWhole = done === undefined || done.whole;
    this.#put(path, { overlay, file, as: isWhole ? "" : undefined }, shown(path));
    if (isWhole) return;
    for (const name of [...done.changed, ...done.copies])
      this.#put(`${path} ${name}`, { overlay, file, as: "" }, `${name} in ${shown(path)}`);
    for (const [name, as] of done.imported)
      this.#put(`${path} ${name}`, { overlay, file, as }, `${name} in ${shown(path)}`);
  }

  #put(key: string, claim: Claim, what: string): void {
    const other = this.#claims.get(key);
    const isSame = claim.as !== "" && claim.as === other?.as;
    if (other !== undefined && other.overlay !== claim.overlay && !isSame)
      this.#clash(what, other.file, claim.file);
    this.#claims.set(key, claim);
  }

  #clash(what: string, first: string, second: string): never {
    throw new OverlayError(
      `${what} is replaced twice: by ${shown(first)} and by ${shown(second)}`,
      [first, second],
      "One declaration can be replaced by one overlay only: leave one of them out, or merge them by hand.",
    );
  }
}

/** Throws an OverlayError for a file, or a whole folder, that has nothing but what stands below it. */
function rejectUnchanged({ folder }: Layer, changes: readonly Change[]): void {
  const idle = changes.filter(({ names }) => names?.length === 0);
  if (idle.length === 0) return;
  const lines = idle.map(({ file, over = "", copies }) => {
    const same = copies.length === 0 ? "it declares nothing" : `it has ${list(copies)} as there`;
    return `${shown(file)} changes nothing in ${shown(over)}: ${same}`;
  });
  if (idle.length === changes.length && idle.length > 1) lines.unshift(`${shown(folder)} changes nothing`);
  throw new OverlayError(
    lines.join("\n"),
    idle.map(({ file }) => file),
    "Change a declaration in it, or leave the file out: what an overlay leaves out stays as it is.",
  );
}

/** A few names, and how many there are besides. */
function list(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return names.slice(0, 3).join(", ") + more;
}

/** Throws for the overlay's files that neither replace a file nor belong to one that does. */
export function rejectStrays(base: SourceTree, overlay: Layer): void {
  const reached = new Set([...overlay.files.keys()].filter((path) => base.has(path)));
  for (const path of reached) {
    const source = overlay.files.get(path);
    if (source === undefined) continue;
    for (const target of importsOf(path, source.text)) if (overlay.files.has(target)) reached.add(target);
  }
  const strays = [...overlay.files].filter(([path]) => !reached.has(path));
  if (strays.length === 0) return;
  const lines = strays.map(
    ([path, source]) =>
      `${shown(source.file)} replaces nothing: there is no ${shown(path)}; nearest: ${nearest(path, base.keys()).join(", ")}`,
  );
  throw new OverlayError(
    lines.join("\n"),
    strays.map(([, source]) => source.file),
    "Give the file the path of the one it replaces, or import it from a file that replaces one.",
  );
}
