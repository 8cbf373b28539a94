/** What is alive in a machine although no process lives: nobody gave its last reference back. */

import type { Machine } from "./machine.js";

/** The counters of what lives, in each CPU. */
const COUNTERS = /^stat(Objects\d+|Frames|Tables)$/;

/** What lives, by the name of its counter. */
export type Living = ReadonlyMap<string, number>;

/** What lives now, by the engine's own counts. All CPUs stand still, and keep nothing at hand. */
export function livingIn({ control, layout, view, cpus }: Machine): Living {
  const struct = layout.struct("Cpu");
  const counters = struct.fieldsWith("stat").filter((name) => COUNTERS.test(name));
  return new Map(
    counters.map((name) => {
      let sum = 0;
      for (let cpu = 0; cpu <= cpus; cpu++)
        sum = (sum + view.u32(control.cpuBase(cpu) + struct.offset(name))) | 0;
      return [name, sum];
    }),
  );
}

/** What there is more of than before, in words; undefined: nothing. */
export function leftIn(machine: Machine, before: Living): string | undefined {
  const more = [...livingIn(machine)].flatMap(([name, count]) => {
    const left = count - (before.get(name) ?? 0);
    return left === 0 ? [] : [`${left} ${nameOf(name, machine)}`];
  });
  return more.length === 0 ? undefined : `all processes have ended, and it remains: ${more.join(", ")}`;
}

function nameOf(counter: string, { layout }: Machine): string {
  const cache = /^statObjects(\d+)$/.exec(counter)?.[1];
  if (cache === undefined) return counter.slice("stat".length).toLowerCase();
  return (layout.nameOf("SLAB_", Number(cache)) ?? `objects of kind ${cache}`).toLowerCase();
}
