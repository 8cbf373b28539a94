/** Spans the net over a machine. */

import { Names } from "../inspect/names.js";
import type { Machine } from "./machine.js";
import { RaceNet } from "./net.js";
import { placesOf } from "./places.js";

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
  net.observer = (cpu, access) => net.hooked(cpu, access);
  machine.observer = net.observer;
  machine.watcher = (cpu, write, at, bytes, place) => {
    if (ends[place] !== true) net.plain(cpu, write, at, bytes, place);
  };
  return net;
}
