/** What the sections of a module say about the places of its accesses. */

import { hookLines, plainPlaces, type SourcePlace } from "../wasm/plain.js";
import type { RacePlaces } from "./race.js";

/** Sources that look without a lock: the checks, and the RCU of the model. */
const CHECKS = /(^|\/)(checked\/mem\/shadow|model\/mem\/rcu)\.ts:/;

/** The source that empties a page before tables or objects are made of it. */
const MAKES = /(^|\/)mem\/arena\.ts:/;

/** Where the accesses of a module stand. */
export interface Places extends RacePlaces {
  /** By plain access: a panic or a check, whose accesses nobody needs to see. */
  readonly ends: readonly boolean[];
  /** By plain access: it makes memory that was free. */
  readonly makes: readonly boolean[];
}

/** By module: to read the sections takes longer than a small race. */
const known = new WeakMap<WebAssembly.Module, Places>();

/** The places of a module. */
export function placesOf(module: WebAssembly.Module): Places {
  const found = known.get(module);
  if (found !== undefined) return found;
  const plain = plainPlaces(module);
  // A panic ends the execution, and what it writes down, nobody reads. The checks look at what others do.
  const ends = plain.map(({ name, line }) => name === "panic" || CHECKS.test(line));
  const makes = plain.map(({ line }) => MAKES.test(line));
  const places = { plain, hooks: hookLines(module), ends, makes };
  known.set(module, places);
  return places;
}

/** The name of a plain access that outlives the build: `rmap/chain/listAddTail.AnonVma.head`. */
export function plainName({ line, name, field }: SourcePlace): string {
  const path = line.replace(/^[^/]*\//, "").replace(/\.ts(:\d+)?$/, "");
  return [`${path}/${name}`, ...(field === undefined ? [] : [field])].join(".").replace(/\s/g, "");
}
