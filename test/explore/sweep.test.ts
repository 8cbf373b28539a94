/** Schedules that stop one CPU at each of its accesses, while the others do all that they have left. */

import { expect, it } from "vitest";
import { Access } from "../../dist/explore/access.js";
import type { Scene } from "../../dist/explore/strategy/strategy.js";
import { SweepStrategy } from "../../dist/explore/strategy/sweep.js";

/** CPUs with two operations of two steps each. */
const STEPS = 4;
/** An access at a place. */
function at(place: number): Access {
  const access = new Access();
  access.place = place;
  return access;
}

/** The schedules of a strategy, as text: `0011` has two steps of CPU 0, then two of CPU 1. A step's place is 10 × CPU + step. */
function schedules(strategy: SweepStrategy): string[] {
  const all: string[] = [];
  while (strategy.begin()) {
    const done = [0, 0];
    const scene: Scene = {
      ...{ cpus: 2, plain: [], looks: () => false, held: () => 0 },
      operation: (cpu) => (done[cpu] as number) >> 1,
      pending: (cpu) => (done[cpu] === STEPS ? undefined : at(10 * cpu + (done[cpu] as number))),
    };
    let text = "";
    for (let current = -1; text.length < 2 * STEPS; ) {
      const runnable = done.reduce((mask, steps, cpu) => (steps < STEPS ? mask | (1 << cpu) : mask), 0);
      current = strategy.next(scene, runnable, current);
      done[current] = (done[current] as number) + 1;
      text += current;
    }
    all.push(text);
  }
  return all;
}

it("stops each CPU before each of its accesses, after each number of the other's operations", () => {
  const both = (text: string) => [text, text.replace(/./g, (cpu) => (cpu === "0" ? "1" : "0"))];
  const begun = ["00001111", "01111000", "00111100", "00011110"];
  const behindOne = ["11000011", "11011000", "11001100", "11000110"];
  expect(new Set(schedules(new SweepStrategy(1000, { seed: 1, pairs: false })))).toEqual(
    new Set([...begun, ...behindOne].flatMap(both)),
  );
});

it("stops only before and behind accesses of interest, where somebody names them", () => {
  const texts = schedules(
    new SweepStrategy(1000, { seed: 1, aim: ({ place }) => place === 1, pairs: false }),
  );
  expect(new Set(texts)).toEqual(
    new Set(["00001111", "11110000", "01111000", "00111100", "11000011", "11011000", "11001100"]),
  );
});

it("makes at most so many executions, and others with another seed", () => {
  const some = (seed: number) => schedules(new SweepStrategy(6, { seed, pairs: false }));
  expect(some(1)).toHaveLength(6);
  expect(some(1)).toEqual(some(1));
  expect(some(1)).not.toEqual(some(2));
});

it("has schedules with a second preemption: behind a stop, or before it", () => {
  const aim = ({ place }: Access) => place === 1;
  const singles = schedules(new SweepStrategy(1000, { seed: 1, aim, pairs: false }));
  const all = schedules(new SweepStrategy(200, { seed: 1, aim }));
  expect(all).toHaveLength(200);
  expect(all).toEqual(expect.arrayContaining(singles));
  // The first step of CPU 0, the other one's first, and then CPU 0 to its end.
  expect(all).toContain("01000111");
  // The other one's first step, then the first of CPU 0, and then the other one to its end.
  expect(all).toContain("10111000");
  const turns = (text: string) => text.match(/0+|1+/g)?.length ?? 0;
  expect(Math.max(...all.map(turns))).toBeLessThanOrEqual(6);
});
