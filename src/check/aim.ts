/** Where code of interest makes its accesses: a schedule that stops a CPU there tries more of what is new. */

import type { CoverSite } from "../build/cover.js";
import { COVER_SECTION } from "../build/cover.js";
import type { Access } from "../explore/access.js";
import { hookLines } from "../wasm/plain.js";
import { readJsonSection } from "../wasm/section.js";

/** By module: to read its sections takes longer than a small race. */
const known = new WeakMap<WebAssembly.Module, readonly boolean[]>();
/** By module: the declaration of each place. */
const names = new WeakMap<WebAssembly.Module, readonly string[]>();

/** Whether an access of a module stands in a declaration that is counted; undefined where none does. */
export function aimOf(module: WebAssembly.Module): ((access: Access) => boolean) | undefined {
  const places = known.get(module) ?? countedIn(module);
  known.set(module, places);
  return aimAt(places);
}

/** The same for one declaration, counted or not. */
export function aimOfDeclaration(
  module: WebAssembly.Module,
  file: string,
  declaration: string,
): ((access: Access) => boolean) | undefined {
  const name = nameOf(file, declaration);
  return aimAt(declarationsOf(module).map((one) => one === name));
}

function aimAt(places: readonly boolean[]): ((access: Access) => boolean) | undefined {
  return places.includes(true) ? ({ place }) => places[place] === true : undefined;
}

function countedIn(module: WebAssembly.Module): readonly boolean[] {
  const sites = (readJsonSection(module, COVER_SECTION) ?? []) as readonly CoverSite[];
  const counted = new Set(sites.map(({ file, declaration }) => nameOf(file, declaration)));
  return declarationsOf(module).map((one) => counted.has(one));
}

/** A place has the name of a method without that of its class. */
function nameOf(file: string, declaration: string): string {
  return `${file} ${declaration.replace(/^.*\./, "")}`;
}

function declarationsOf(module: WebAssembly.Module): readonly string[] {
  const found =
    names.get(module) ??
    hookLines(module).map(
      ({ line, name }) =>
        `${line.replace(/^[^/]*\//, "").replace(/:\d+$/, "")} ${name.replace(/^.*[.#:]/, "")}`,
    );
  names.set(module, found);
  return found;
}
