/** The clock of watchdogs: how much of the time that passed counts, by what the machine did meanwhile. */
import { describe, expect, it } from "vitest";
import { afterUsable, FairClock, fairShare, type MachineState } from "../../dist/cpu/fair-clock.js";
import { PATIENCE } from "../patience.js";

const START: MachineState = { cores: 2, own: 500, all: 10_000, idle: 4000, runnable: 3 };
const later = (own: number, all: number, idle: number, runnable: number | undefined): MachineState => ({
  cores: 2,
  own: START.own + own,
  all: START.all + all,
  idle: START.idle + idle,
  runnable,
});

describe("of a second on two cores", () => {
  it.each([
    ["all counts where a core was idle, though many want to run by now", later(3, 2000, 700, 9), 1],
    ["all counts where this program alone kept both cores busy", later(1700, 2000, 10, 9), 1],
    ["a thread's turn counts where others kept the cores busy", later(150, 2000, 0, 20), 0.1],
    ["its turn counts though this program slept", later(2, 2000, 0, 8), 0.25],
    ["a little counts however many want to run", later(2, 2000, 0, 100_000), 1 / 64],
    [
      "what this program had counts where nobody tells who wants to run",
      later(150, 2000, 0, undefined),
      0.15,
    ],
    ["all counts where nothing is known of the cores", later(0, 0, 0, undefined), 1],
  ])("%s", (_, after, share) => {
    expect(fairShare(START, after, 1000)).toBeCloseTo(share);
  });

  it("counts a turn among all at the first look", () => {
    expect(fairShare(undefined, later(0, 0, 0, 20), 1000)).toBeCloseTo(0.1);
    expect(fairShare(undefined, later(0, 0, 0, 1), 1000)).toBe(1);
    expect(fairShare(undefined, later(0, 0, 0, undefined), 1000)).toBe(1);
  });
});

describe("the clock", () => {
  /** A clock on a machine of two cores, where so many want to run. */
  function clockOn(runnable: number) {
    let [time, machine] = [0, { ...START, runnable }];
    const clock = new FairClock(
      () => machine,
      () => time,
    );
    const pass = (milliseconds: number, idle: number): number => {
      time += milliseconds;
      const { all } = machine;
      machine = { ...machine, all: all + 2 * milliseconds, idle: machine.idle + idle };
      return clock.now();
    };
    return { pass };
  }

  it("goes with the wall's on an idle machine", () => {
    const { pass } = clockOn(1);
    for (let look = 0; look < 20; look++) pass(500, 990);
    expect(pass(0, 0)).toBe(10_000);
  });

  it("goes slower by as much as others have of a busy machine", () => {
    const { pass } = clockOn(20);
    for (let look = 0; look < 20; look++) pass(500, 0);
    expect(pass(0, 0)).toBeCloseTo(1000);
  });

  it("stands while the whole program does", () => {
    const { pass } = clockOn(1);
    pass(500, 990);
    expect(pass(3_600_000, 7_000_000)).toBeLessThan(1000);
  });
});

it("calls once, unless it is called off", async () => {
  let calls = 0;
  const calledOff = afterUsable(300, () => {
    calls += 100;
  });
  calledOff();
  await new Promise<void>((resolve, reject) => {
    setTimeout(() => reject(new Error("it never called")), PATIENCE).unref();
    afterUsable(300, () => {
      calls++;
      resolve();
    });
  });
  expect(calls).toBe(1);
});
