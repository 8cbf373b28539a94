/** Schedules in which a switch between two operations costs nothing. */

import { expect, it } from "vitest";
import { Access } from "../../dist/explore/access.js";
import { BoundedStrategy } from "../../dist/explore/strategy/bounded.js";
import type { Scene, Strategy } from "../../dist/explore/strategy/strategy.js";
import { SwitchStrategy } from "../../dist/explore/strategy/switches.js";

/** CPUs with two operations of two steps each. */
const STEPS = 4;

/** The schedules of a strategy, as text: `0011` has two steps of CPU 0, then two of CPU 1. */
function schedules(strategy: Strategy, most = Number.POSITIVE_INFINITY): Set<string> {
  const all = new Set<string>();
  for (let execution = 0; execution < most && strategy.begin(); execution++) {
    const done = [0, 0];
    const scene: Scene = {
      ...{ cpus: 2, plain: [], looks: () => false, held: () => 0, pending: () => undefined },
      operation: (cpu) => (done[cpu] as number) >> 1,
    };
    let text = "";
    for (let current = -1; text.length < 2 * STEPS; ) {
      const runnable = done.reduce((mask, steps, cpu) => (steps < STEPS ? mask | (1 << cpu) : mask), 0);
      current = strategy.next(scene, runnable, current);
      done[current] = (done[current] as number) + 1;
      text += current;
    }
    all.add(text);
  }
  return all;
}

/** Switches within an operation. */
function preemptions(text: string): number {
  const done = [0, 0];
  let count = 0;
  for (const [at, cpu] of [...text].map(Number).entries()) {
    done[cpu] = (done[cpu] as number) + 1;
    const next = text[at + 1];
    if (next !== undefined && Number(next) !== cpu && (done[cpu] as number) % 2 === 1) count++;
  }
  return count;
}

const free = (most: number) => ({ preemptions: most, stale: 0, together: most, free: true });

it("all come, with no more preemptions than the bound, and without it none of the others", () => {
  const every = schedules(new BoundedStrategy(99));
  expect(every.size).toBe(70);
  for (const most of [0, 1, 2]) {
    const expected = [...every].filter((text) => preemptions(text) <= most);
    expect([...schedules(new BoundedStrategy(free(most)))].sort()).toEqual(expected.sort());
  }
  expect(schedules(new BoundedStrategy(0)).size).toBe(2);
});

it("come at random from a seed, with three preemptions at most", () => {
  const drawn = schedules(new SwitchStrategy(3, { executions: 2000 }), 2000);
  for (const text of drawn) expect(preemptions(text)).toBeLessThanOrEqual(3);
  // Those with at most one: all of them.
  const simple = [...schedules(new BoundedStrategy(free(1)))];
  expect(simple.filter((text) => !drawn.has(text))).toEqual([]);
  expect(schedules(new SwitchStrategy(3, { executions: 50 }), 50)).toEqual(
    schedules(new SwitchStrategy(3, { executions: 50 }), 50),
  );
});

it("come more often at the code of interest, where somebody names it", () => {
  const length = 40;
  const at = 20;
  /** How many of a thousand schedules stop CPU 0 there, or up to three steps behind it. */
  const stops = (strategy: Strategy): number => {
    let stopped = 0;
    for (let execution = 0; execution < 1000 && strategy.begin(); execution++) {
      const done = [0, 0];
      const access = (cpu: number) =>
        new Access().set(
          { name: "", kind: "load", bits: 32, order: "once" },
          cpu === 0 && done[0] === at ? 1 : 0,
          0,
          0,
          0,
        );
      const scene: Scene = { cpus: 2, plain: [], looks: () => false, held: () => 0, pending: access };
      for (let current = -1, steps = 0; steps < 2 * length; steps++) {
        const runnable = done.reduce((mask, steps, cpu) => (steps < length ? mask | (1 << cpu) : mask), 0);
        const next = strategy.next(scene, runnable, current);
        const [first = 0] = done;
        if (current === 0 && next === 1 && first >= at && first <= at + 3) stopped++;
        done[next] = (done[next] as number) + 1;
        current = next;
      }
    }
    return stopped;
  };
  const aim = ({ place }: Access) => place === 1;
  expect(stops(new SwitchStrategy(5, { aim }))).toBeGreaterThan(4 * stops(new SwitchStrategy(5)));
});
