/**
 * Plain accesses of the engine: the loads and stores that no hook of `arch/` makes. A build that shows them calls the
 * host at each, with the number of its place in the code. The module's section says what each number means.
 */

import { readJsonSection } from "./section.js";

/** Name of the custom section that says where each plain access stands, by number. */
export const PLAIN_SECTION = "rmap.plain";

/** Name of the custom section that says in which line each numbered place of `rmap.places` stands. */
export const LINES_SECTION = "rmap.lines";

/**
 * Name of the module from which such a build imports its functions `load`, `store`, `fill` and `copy`, and the global
 * `on`: while it is 0 they are not called. Each is called before the access. `load` returns the address from which to
 * load, so that a memory model may show another value than memory holds.
 */
export const PLAIN_MODULE = "plain";

/** Where an access stands in the sources. */
export interface SourcePlace {
  /** Folder of the sources, file and line: `assembly/rmap/prepare.ts:32`. */
  readonly line: string;
  /** The function that is written there. */
  readonly name: string;
  /** Structure and field, where the access names one: `Page.mapcount`. */
  readonly field?: string;
}

/** A place as the sections have it: one string, because there are thousands. */
export function packPlace({ line, name, field = "" }: SourcePlace): string {
  return field === "" ? `${line}\t${name}` : `${line}\t${name}\t${field}`;
}

function unpackPlace(packed: string): SourcePlace {
  const [line = "", name = "", field] = packed.split("\t");
  return field === undefined ? { line, name } : { line, name, field };
}

/** The places of one of the two sections, by number; empty when the module does not have it. */
function placesOf(module: WebAssembly.Module, section: string): readonly SourcePlace[] {
  const packed = (readJsonSection(module, section) ?? []) as readonly string[];
  return packed.map(unpackPlace);
}

/** Where each plain access of a module stands, by number; empty when the module does not show them. */
export function plainPlaces(module: WebAssembly.Module): readonly SourcePlace[] {
  return placesOf(module, PLAIN_SECTION);
}

/** Where each access through a hook stands, by the number that its hook gets; empty when the build did not note it. */
export function hookLines(module: WebAssembly.Module): readonly SourcePlace[] {
  return placesOf(module, LINES_SECTION);
}
