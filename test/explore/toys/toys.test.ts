/** Reduction explores each class of executions once: held against known numbers, and against the search without it. */

import { describe, expect, test } from "vitest";
import { BoundedStrategy, DporStrategy } from "../../../dist/explore/index.js";
import { TOYS } from "./programs.js";
import { exploreToy, lock, type Thread, unlock } from "./toy.js";

const NO_BOUND = 1000;

describe("DPOR explores exactly as many executions as there are of", () => {
  test.each(Object.entries(TOYS))("%s", (_name, { threads, executions }) => {
    const result = exploreToy(threads, new DporStrategy(threads.length));
    expect(result).toMatchObject({ executions, deadlocks: 0 });
  });
});

describe("DPOR finds every end that the search without reduction finds in", () => {
  const small = Object.entries(TOYS).filter(([, { executions }]) => executions <= 24);
  test.each(small)("%s", (_name, { threads }) => {
    const all = exploreToy(threads, new BoundedStrategy(NO_BOUND));
    const reduced = exploreToy(threads, new DporStrategy(threads.length));
    expect([...reduced.ends].sort()).toEqual([...all.ends].sort());
    expect(reduced.executions).toBeLessThanOrEqual(all.executions);
  });
});

describe("a deadlock", () => {
  function* forwards(): Thread {
    yield lock(0);
    yield lock(1);
    yield unlock(1);
    yield unlock(0);
  }
  function* backwards(): Thread {
    yield lock(1);
    yield lock(0);
    yield unlock(0);
    yield unlock(1);
  }

  test.each([
    ["dpor", new DporStrategy(2)],
    ["one preemption", new BoundedStrategy(1)],
  ])("is found by %s", (_name, strategy) => {
    expect(exploreToy([forwards, backwards], strategy).deadlocks).toBeGreaterThan(0);
  });

  test("is not there when the locks have an order", () => {
    expect(exploreToy([forwards, forwards], new BoundedStrategy(NO_BOUND)).deadlocks).toBe(0);
  });
});

describe("bounded search", () => {
  test("tries every schedule with at most so many preemptions, and no more", () => {
    const { threads } = TOYS["SB"] ?? { threads: [] };
    const counts = [0, 1, 2, 3].map((bound) => exploreToy(threads, new BoundedStrategy(bound)).executions);
    // Two CPUs of two steps: 6 interleavings, of which 2 have no preemption, 2 have one, and 2 have two.
    expect(counts).toEqual([2, 4, 6, 6]);
  });
});
