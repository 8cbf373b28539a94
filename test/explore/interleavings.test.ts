/** Three virtual CPUs in one thread: the engine under random interleavings of each program, and mistakes that these must find. */

import { beforeAll, describe, expect, test } from "vitest";
import {
  type ExploreResult,
  Machine,
  type Program,
  parseTurns,
  printTurns,
  RandomStrategy,
  Runner,
  replay,
  turnsOf,
} from "../../dist/explore/index.js";
import { EXECUTIONS, modelEngine, monitorModule, SEED, variantEngine } from "./modules.js";
import { exitWalkWrite, faultThenWalk, twoFaultsOneWalk } from "./programs.js";

function runnerOf(module: WebAssembly.Module, program: Program): Runner {
  return new Runner(new Machine({ module, monitor: monitorModule(), cpus: 3 }), program);
}

/** Explores at random. Prints the seed, the number of different schedules, and the speed. */
function explore(name: string, runner: Runner): ExploreResult & { readonly schedules: number } {
  const seen = new Set<string>();
  const result = runner.explore(() => new RandomStrategy(SEED, EXECUTIONS), {
    onExecution: ({ decisions }) => {
      seen.add(decisions.join(""));
      return undefined;
    },
  });
  const { executions, steps, seconds } = result;
  const schedules = seen.size;
  const rate = Math.round(executions / seconds);
  console.log(
    `${name}: seed ${SEED}, ${executions} executions, ${schedules} schedules, ${steps} steps, ${rate} executions/s`,
  );
  return { ...result, schedules };
}

describe("the engine holds", () => {
  const module = modelEngine();

  test("when two CPUs give one mapping its anon_vma and a third walks", () => {
    const runner = runnerOf(module, twoFaultsOneWalk());
    const { machine } = runner;
    // CPUs that published the anon_vma, and CPUs that came as far as to take its lock.
    const first = new Map<number, number>();
    let tried = 0;
    machine.observer = (cpu, { hook, place }) => {
      if (machine.places[place]?.startsWith("rmap/prepare/") !== true) return;
      if (hook.name === "store32.assign") first.set(cpu, (first.get(cpu) ?? 0) + 1);
      if (hook.name === "unlock32.release") tried++;
    };
    // Only decisions are observed, so what is contended must be known.
    explore("two faults, one walk", runner);
    first.clear();
    tried = 0;
    const result = explore("two faults, one walk", runner);
    expect(result.finding).toBeUndefined();
    expect(result.executions).toBe(EXECUTIONS);
    expect(result.schedules).toBeGreaterThan(0.8 * EXECUTIONS);
    // Exactly one CPU publishes it in each execution, and each of the two does in some.
    expect([...first.keys()].sort()).toEqual([0, 1]);
    expect((first.get(0) ?? 0) + (first.get(1) ?? 0)).toBe(EXECUTIONS);
    expect(tried, "nobody ever came second to the lock").toBeGreaterThan(EXECUTIONS);
  });

  test("when the parent exits while the child's page is walked and copied", () => {
    const result = explore("exit, walk, write", runnerOf(module, exitWalkWrite()));
    expect(result.finding).toBeUndefined();
    expect(result.executions).toBe(EXECUTIONS);
    expect(result.schedules).toBeGreaterThan(0.8 * EXECUTIONS);
  });

  test("when three CPUs fault and walk", () => {
    const result = explore("three faults and walks", runnerOf(module, faultThenWalk()));
    expect(result.finding).toBeUndefined();
    expect(result.schedules).toBeGreaterThan(0.8 * EXECUTIONS);
  });
});

describe("a mistake is found", () => {
  let noRecheck: Runner;
  let noLock: Runner;
  beforeAll(async () => {
    const modules = await Promise.all([variantEngine("no-recheck"), variantEngine("no-lock")]);
    noRecheck = runnerOf(modules[0], twoFaultsOneWalk());
    noLock = runnerOf(modules[1], faultThenWalk());
  });

  test("in a prepare that does not look again under the lock: two anon_vmas for one mapping", () => {
    const { finding } = explore("no second look", noRecheck);
    expect(finding).toMatchObject({ kind: "panic", invariant: "I7" });
    expect(finding?.message).toContain("I7: ");
  });

  test("in a prepare without the anon_vma's lock: a tree that others can find changes without it", () => {
    const { finding } = explore("no lock", noLock);
    expect(finding).toMatchObject({ kind: "panic", invariant: "I1" });
    expect(finding?.message).toContain("without its root's lock");
  });

  test("again, by its turns alone", () => {
    const { finding } = noLock.explore(() => new RandomStrategy(SEED, EXECUTIONS));
    const text = printTurns(turnsOf(noLock, finding?.decisions ?? []));
    const again = replay(noLock, parseTurns(text));
    expect(again.finding).toMatchObject({ kind: "panic", invariant: "I1", message: finding?.message });
    expect(printTurns(turnsOf(noLock, finding?.decisions ?? []))).toBe(text);
  });
});

describe("a seed", () => {
  const runner = runnerOf(modelEngine(), twoFaultsOneWalk());
  // What is contended is known from here on, so that the schedules have the same steps.
  runner.explore(() => new RandomStrategy(SEED, 200));
  const schedules = (of: Runner, seed: number, first = 0): string[] => {
    const strategy = new RandomStrategy(seed, 20, first);
    const found: string[] = [];
    while (strategy.begin()) found.push(of.execute(strategy).decisions.join(""));
    return found;
  };

  test("gives the same schedules again, on another machine too", () => {
    const other = runnerOf(modelEngine(), twoFaultsOneWalk());
    other.explore(() => new RandomStrategy(SEED, 200));
    const there = schedules(other, SEED);
    expect(there).toHaveLength(20);
    expect(schedules(runner, SEED)).toEqual(there);
    expect(schedules(runner, SEED + 1)).not.toEqual(there);
  });

  test("gives each execution by its number, without those before it", () => {
    expect(schedules(runner, SEED, 7)[0]).toBe(schedules(runner, SEED)[7]);
  });
});
