/** Makes a race that shows something smaller: fewer CPUs and operations, and a shorter setup. */

import type { Operation } from "../ops/operation.js";
import type { RaceForm } from "../scenario/race.js";

/** The most searches that shrinking takes. */
const MOST_SEARCHES = 120;

/** Shrinks a race as long as `fails` says so. The same input gives the same result. */
export function shrinkRace(form: RaceForm, fails: (form: RaceForm) => boolean): RaceForm {
  let best = form;
  let left = MOST_SEARCHES;
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    for (const candidate of smaller(best)) {
      if (left-- <= 0) break;
      if (!fails(candidate)) continue;
      best = candidate;
      changed = true;
      break;
    }
  }
  return best;
}

/** Forms with something less, the largest steps first. */
function* smaller(form: RaceForm): Generator<RaceForm> {
  const { boot, cpus, setup, finish } = form;
  const { slab, ...rest } = boot;
  if (slab !== undefined) yield { ...form, boot: rest };
  if (cpus.length > 2)
    for (let cpu = 0; cpu < cpus.length; cpu++) yield { ...form, cpus: cpus.filter((_, at) => at !== cpu) };
  if (finish.length > 0) yield { ...form, finish: [] };
  for (let size = setup.length >> 1; size > 0; size >>= 1)
    for (let from = setup.length - size; from >= 0; from -= size)
      yield { ...form, setup: without(setup, from, size) };
  for (const [cpu, operations] of cpus.entries()) {
    if (operations.length === 1) continue;
    for (let at = operations.length - 1; at >= 0; at--)
      yield { ...form, cpus: cpus.map((other, number) => (number === cpu ? without(other, at, 1) : other)) };
  }
  if (finish.length > 1)
    for (let at = finish.length - 1; at >= 0; at--) yield { ...form, finish: without(finish, at, 1) };
}

function without(operations: readonly Operation[], from: number, count: number): Operation[] {
  return [...operations.slice(0, from), ...operations.slice(from + count)];
}
