/** The modelled machine itself: checkpoints with fibers in them, executions that do not end, schedules as text. */

import { describe, expect, test } from "vitest";
import {
  Machine,
  PriorityOracle,
  type Program,
  RandomOracle,
  ReplayOracle,
  Runner,
  Schedule,
} from "../../dist/explore/index.js";
import { modelEngine, SEED } from "./modules.js";
import { faultThenWalk, twoFaultsOneWalk } from "./programs.js";

const module = modelEngine();

describe("checkpoints", () => {
  /** Takes turns among the runnable CPUs, beginning at `from`, until all are done: every access is a switch. */
  function finish(machine: Machine, from: number): void {
    for (let turn = from; ; turn++) {
      const runnable = machine.runnable();
      if (runnable.length === 0) return;
      machine.resume(runnable[turn % runnable.length] as number);
    }
  }

  test("hold fibers in the middle of their calls, and branch", () => {
    const machine = new Machine({ module, cpus: 3 });
    const program = faultThenWalk();
    program.prepare(machine).forEach((operations, cpu) => {
      machine.load(cpu, operations);
    });
    machine.gate = () => false;
    for (let step = 0; step < 90; step++) machine.resume(step % 3);
    const states = () => machine.fibers.map(({ state }) => state);
    expect(states()).toEqual(["paused", "paused", "paused"]);
    const restore = machine.save();
    for (const from of [0, 1, 2, 0]) {
      restore();
      expect(states()).toEqual(["paused", "paused", "paused"]);
      finish(machine, from);
      expect(states()).toEqual(["done", "done", "done"]);
      expect(machine.checkAll()).toBeGreaterThan(0);
      const outcomes = machine.fibers.map(({ cpu }) => machine.outcomes(cpu));
      expect(program.verify(machine, outcomes)).toBeUndefined();
    }
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
    const { finding } = new Runner(new Machine({ module, cpus: 2 }), embrace).execute(new RandomOracle(SEED));
    expect(finding?.kind).toBe("deadlock");
    expect(finding?.positions).toEqual([
      expect.stringMatching(/^CPU 0: .*queue\/waitFor#\d+, wait32\.once/),
      expect.stringMatching(/^CPU 1: .*queue\/waitFor#\d+, wait32\.once/),
    ]);
  });

  test("are cut off at their bound", () => {
    const runner = new Runner(new Machine({ module, cpus: 3 }), twoFaultsOneWalk());
    const { finding, schedule } = runner.execute(new RandomOracle(SEED), 50);
    expect(finding?.kind).toBe("bound");
    expect(schedule.length).toBe(50);
    // The machine is as good as new afterwards.
    expect(runner.execute(new RandomOracle(SEED)).finding).toBeUndefined();
  });

  test("by priorities hold as well", () => {
    const runner = new Runner(new Machine({ module, cpus: 3 }), faultThenWalk());
    const steps = runner.execute(new RandomOracle(SEED)).schedule.length;
    const result = runner.explore(new PriorityOracle(SEED, { steps }), { executions: 300 });
    expect(result.finding).toBeUndefined();
    expect(result.schedules).toBeGreaterThan(200);
  });
});

describe("schedules", () => {
  test("are read as they are written", () => {
    const text = "0*12 2 1*3 ?1 ?1 0";
    expect(Schedule.parse(text).toString()).toBe(text);
    expect(Schedule.parse(text).length).toBe(19);
    expect(() => Schedule.parse("0*12 two")).toThrow(/no part like "two"/);
  });

  test("that do not fit are refused", () => {
    const runner = new Runner(new Machine({ module, cpus: 3 }), twoFaultsOneWalk());
    expect(() => runner.execute(new ReplayOracle("0*4 7"))).toThrow(/does not fit.*decision 5: CPU 7/);
  });
});
