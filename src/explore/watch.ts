/** Spans the net over a machine. */

import { Names } from "../inspect/names.js";
import type { AccessKind } from "./access.js";
import { isCheck, isGuess } from "./checks.js";
import type { Machine } from "./machine.js";
import { hostWords } from "./nap-words.js";
import { RaceNet } from "./net.js";
import { placesOf, plainName } from "./places.js";

/** What a check does to a lock counts: the lock is everybody's. */
const LOCKS: ReadonlySet<AccessKind> = new Set<AccessKind>(["lock", "trylock", "unlock"]);

/**
 * A net that sees every access of a machine's fibers, of a build that shows plain accesses. Call its `begin` before
 * each execution. `module` is the machine's. Takes the machine's observer.
 *
 * It leaves out marked looks that only guess. It also leaves out the checks, whether their accesses are decisions or not:
 * what a check looks at races with nobody, and what it stores orders nobody. The engine that people use has no checks.
 */
export function spanNet(machine: Machine, module: WebAssembly.Module): RaceNet {
  const { cpus, view, end, control } = machine;
  const isLate = machine.model.plainStore !== undefined;
  const names = new Names(control);
  const places = placesOf(module);
  const { ends } = places;
  const objectAt = (at: number): string => names.holder(at);
  const host = hostWords(control);
  const net = new RaceNet({ cpus, view, bytes: end, places, objectAt, isLate, hostWords: host });
  const checks = Uint8Array.from(machine.places, (place) => (isCheck(place) || isGuess(place) ? 1 : 0));
  const unheard = places.plain.map((place, at) => ends[at] === true || isCheck(plainName(place)));
  net.observer = (cpu, access) => {
    if (checks[access.place] === 1 && !LOCKS.has(access.hook.kind)) return;
    net.hooked(cpu, access);
  };
  machine.observer = net.observer;
  machine.watcher = (cpu, write, at, bytes, place) => {
    if (unheard[place] !== true) net.plain(cpu, write, at, bytes, place);
  };
  return net;
}
