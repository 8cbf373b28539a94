/** Spans the net over a machine. */

import { Names } from "../inspect/names.js";
import { hookLines, plainPlaces } from "../wasm/plain.js";
import type { Machine } from "./machine.js";
import { RaceNet } from "./net.js";

/** Sources that look without a lock: the checks, and the RCU of the model. */
const CHECKS = /(^|\/)(checked\/mem\/shadow|model\/mem\/rcu)\.ts:/;

/**
 * A net that sees every access of a machine's fibers, of a build that shows plain accesses. Call its `begin` before
 * each execution. `module` is the machine's. Takes the machine's observer.
 */
export function spanNet(machine: Machine, module: WebAssembly.Module): RaceNet {
  const { cpus, view, end, control } = machine;
  const names = new Names(control);
  const plain = plainPlaces(module);
  const net = new RaceNet({
    cpus,
    view,
    bytes: end,
    places: { plain, hooks: hookLines(module) },
    objectAt: (at) => names.owner(at),
  });
  machine.observer = (cpu, access) => net.hooked(cpu, access);
  // A panic ends the execution, and what it writes down, nobody reads. The checks look at what others do.
  const ends = plain.map(({ name, line }) => name === "panic" || CHECKS.test(line));
  machine.watcher = (cpu, write, at, bytes, place) => {
    if (ends[place] !== true) net.plain(cpu, write, at, bytes, place);
  };
  return net;
}
