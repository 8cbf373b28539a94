/** Mistakes of the reduction, planted one by one: each changes the number of executions, or loses an end. */

import { expect, test } from "vitest";
import { BoundedStrategy, DporStrategy, type Scene, type Strategy } from "../../../dist/explore/index.js";
import { TOYS } from "./programs.js";
import { exploreToy } from "./toy.js";

function toy(name: string) {
  const found = TOYS[name];
  if (found === undefined) throw new Error(`there is no toy ${name}`);
  return found;
}

/** Reduction in which no CPU ever sleeps: every decision looks as if nothing had been explored before. */
class Sleepless extends DporStrategy {
  override next(scene: Scene, runnable: number, current: number): number {
    const cpu = super.next(scene, runnable, current);
    // Abandoned because all sleep: goes on with anybody instead.
    return cpu < 0 ? 31 - Math.clz32(runnable & -runnable) : cpu;
  }
}

/** Reduction that takes every access for one of another word. */
class Careless extends DporStrategy {
  override next(scene: Scene, runnable: number, current: number): number {
    const apart: Scene = {
      cpus: scene.cpus,
      plain: [],
      looks: () => false,
      held: (cpu) => scene.held(cpu),
      pending: (cpu) => {
        const access = scene.pending(cpu);
        return (
          access &&
          Object.assign(Object.create(Object.getPrototypeOf(access)), access, { at: 4096 * (cpu + 1) })
        );
      },
    };
    return super.next(apart, runnable, current);
  }
}

function ends(name: string, strategy: Strategy, respectLocks = true) {
  return exploreToy(toy(name).threads, strategy, { respectLocks, most: 100_000 });
}

test("a sleep set that is dropped shows in the number of executions", () => {
  const { executions } = ends("lastzero 5", new Sleepless(6));
  expect(executions).toBeGreaterThan(toy("lastzero 5").executions);
});

test("dependences that are not seen lose ends", () => {
  const all = ends("SB", new BoundedStrategy(100)).ends;
  expect(ends("SB", new Careless(2)).ends.size).toBeLessThan(all.size);
});

test("a lock that does not block shows in the ends", () => {
  const right = ends("lockinc 3", new BoundedStrategy(100)).ends;
  const wrong = ends("lockinc 3", new BoundedStrategy(100), false).ends;
  expect(wrong.size).toBeGreaterThan(right.size);
});
