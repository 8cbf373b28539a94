/** Where counted code makes its accesses: a schedule that stops a CPU there tries more of what is new. */

import type { CoverSite } from "../build/cover.js";
import { COVER_SECTION } from "../build/cover.js";
import type { Access } from "../explore/access.js";
import { hookLines } from "../wasm/plain.js";
import { readJsonSection } from "../wasm/section.js";

/** By module: to read its sections takes longer than a small race. */
const known = new WeakMap<WebAssembly.Module, readonly boolean[]>();

/** Whether an access of a module stands in a declaration that is counted; undefined where none does. */
export function aimOf(module: WebAssembly.Module): ((access: Access) => boolean) | undefined {
  const places = known.get(module) ?? placesIn(module);
  known.set(module, places);
  return places.includes(true) ? ({ place }) => places[place] === true : undefined;
}

function placesIn(module: WebAssembly.Module): readonly boolean[] {
  const sites = (readJsonSection(module, COVER_SECTION) ?? []) as readonly CoverSite[];
  // A place has the name of a method without that of its class.
  const counted = new Set(
    sites.map(({ file, declaration }) => `${file} ${declaration.replace(/^.*\./, "")}`),
  );
  return hookLines(module).map(({ line, name }) =>
    counted.has(`${line.replace(/^[^/]*\//, "").replace(/:\d+$/, "")} ${name.replace(/^.*[.#:]/, "")}`),
  );
}
