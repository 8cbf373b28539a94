/** The modelled machine itself: what a restore brings back, executions that do not end, turns as text. */

import { describe, expect, test } from "vitest";
import {
  BoundedStrategy,
  Machine,
  PctStrategy,
  type Program,
  parseTurns,
  printTurns,
  RandomStrategy,
  Runner,
  replay,
} from "../../dist/explore/index.js";
import { modelEngine, monitorModule, SEED } from "./modules.js";
import { exitWalkWrite, faultThenWalk, twoFaultsOneWalk } from "./programs.js";

const module = modelEngine();
const monitor = monitorModule();

function runnerOf(program: Program, cpus = 3): Runner {
  return new Runner(new Machine({ module, monitor, cpus }), program);
}

describe("a restore", () => {
  test.each([
    ["faults and walks", faultThenWalk()],
    ["an exit", exitWalkWrite()],
  ])("brings back every byte after %s", (_name, program) => {
    const runner = runnerOf(program);
    const { machine } = runner;
    const strategy = new RandomStrategy(SEED, 50);
    while (strategy.begin()) {
      runner.execute(strategy);
      machine.restore();
      expect(machine.monitor.restored).toBe(true);
    }
  });

  test("brings back every byte after a finding, and the machine is as good as new", () => {
    const runner = runnerOf(twoFaultsOneWalk());
    const { finding, decisions } = runner.execute(new RandomStrategy(SEED), 20);
    expect(finding?.kind).toBe("bound");
    expect(decisions.length).toBe(20);
    runner.machine.restore();
    expect(runner.machine.monitor.restored).toBe(true);
    expect(runner.execute(new RandomStrategy(SEED)).finding).toBeUndefined();
  });
});

describe("executions", () => {
  /** Two CPUs that wait for each other's first operation. */
  const embrace: Program = {
    prepare({ layout }) {
      const op = layout.constant("OP_WAIT");
      return [[{ op, aux: 1, a: 1 }], [{ op, aux: 0, a: 1 }]];
    },
    verify: () => undefined,
  };

  test("that cannot go on are deadlocks, with the places where the CPUs wait", () => {
    const { finding } = runnerOf(embrace, 2).execute(new BoundedStrategy(0));
    expect(finding?.kind).toBe("deadlock");
    expect(finding?.positions).toEqual([
      expect.stringMatching(/^CPU 0: .*queue\/waitFor#\d+, wait32\.once/),
      expect.stringMatching(/^CPU 1: .*queue\/waitFor#\d+, wait32\.once/),
    ]);
  });

  test("by priorities hold as well", () => {
    const result = runnerOf(faultThenWalk()).explore(() => new PctStrategy(SEED, { executions: 300 }));
    expect(result).toMatchObject({ complete: true, executions: 300, finding: undefined });
  });
});

describe("turns", () => {
  test("are read as they are written", () => {
    const text = "0@rmap/prepare/anonVmaPrepareSlow#2:1 1 0@mm/fault/handleFault#1:12 2";
    expect(printTurns(parseTurns(text))).toBe(text);
    expect(() => parseTurns("0 two")).toThrow(/part 2 of the replay string is not a turn: "two"/);
    expect(() => parseTurns(" ")).toThrow(/empty/);
  });

  test("that do not fit are refused", () => {
    const runner = runnerOf(twoFaultsOneWalk());
    expect(() => replay(runner, parseTurns("0@no/such/place#1:1 1"))).toThrow(/no place no\/such\/place#1/);
    expect(() => replay(runner, parseTurns("0 7"))).toThrow(/a turn of CPU 7, but the race has 3 CPUs/);
  });
});
