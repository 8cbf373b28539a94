/** Spans the net over a machine. */

import { Names } from "../inspect/names.js";
import { hookLines, plainPlaces } from "../wasm/plain.js";
import type { Machine } from "./machine.js";
import { RaceNet } from "./net.js";
import type { RacePlaces } from "./race.js";

/** Sources that look without a lock: the checks, and the RCU of the model. */
const CHECKS = /(^|\/)(checked\/mem\/shadow|model\/mem\/rcu)\.ts:/;

/** What the sections of a module say about its places. */
interface Places extends RacePlaces {
  /** By plain access: a panic or a check, whose accesses nobody needs to see. */
  readonly ends: readonly boolean[];
}

/** By module: to read the sections takes longer than a small race. */
const known = new WeakMap<WebAssembly.Module, Places>();

function placesOf(module: WebAssembly.Module): Places {
  const found = known.get(module);
  if (found !== undefined) return found;
  const plain = plainPlaces(module);
  // A panic ends the execution, and what it writes down, nobody reads. The checks look at what others do.
  const ends = plain.map(({ name, line }) => name === "panic" || CHECKS.test(line));
  const places = { plain, hooks: hookLines(module), ends };
  known.set(module, places);
  return places;
}

/**
 * A net that sees every access of a machine's fibers, of a build that shows plain accesses. Call its `begin` before
 * each execution. `module` is the machine's. Takes the machine's observer.
 */
export function spanNet(machine: Machine, module: WebAssembly.Module): RaceNet {
  const { cpus, view, end, control } = machine;
  const names = new Names(control);
  const places = placesOf(module);
  const { ends } = places;
  const net = new RaceNet({ cpus, view, bytes: end, places, objectAt: (at) => names.owner(at) });
  machine.observer = (cpu, access) => net.hooked(cpu, access);
  machine.watcher = (cpu, write, at, bytes, place) => {
    if (ends[place] !== true) net.plain(cpu, write, at, bytes, place);
  };
  return net;
}
