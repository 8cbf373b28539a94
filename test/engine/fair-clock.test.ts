/** The clock of watchdogs: how much of the time that passed counts, by what the machine did meanwhile. */
import { describe, expect, it } from "vitest";
import { afterUsable, FairClock, fairShare, type MachineTimes } from "../../dist/platform/fair-clock.js";
import { PATIENCE } from "../support/patience.js";

const START: MachineTimes = { own: 500, all: 10_000, idle: 4000 };
/** Two threads that waited for a core: the second one 100 milliseconds so far. */
const waits = (first: number, second: number) =>
  new Map([
    ["1", first],
    ["2", 100 + second],
  ]);
const waiting: MachineTimes = { ...START, waits: waits(0, 0) };
const later = (own: number, all: number, idle: number): MachineTimes => ({
  own: START.own + own,
  all: START.all + all,
  idle: START.idle + idle,
});

describe("of a second on two cores", () => {
  it.each([
    ["all counts where a core was idle, though nothing was done", later(3, 2000, 700), 1],
    ["all counts where this program alone kept both cores busy", later(1990, 2000, 10), 1],
    ["as much counts as this program got of busy cores", later(150, 2000, 0), 0.15],
    ["a little counts where it slept while others kept the cores busy", later(2, 2000, 0), 1 / 16],
    ["all counts where nothing is known of the machine", later(0, 0, 0), 1],
  ])("%s", (_, after, share) => {
    expect(fairShare(START, after, 1000)).toBeCloseTo(share);
  });

  it.each([
    ["all counts where every thread slept while others kept the cores busy", 0, 0, 1],
    ["what a thread waited for a core does not count", 250, 700, 0.3],
    ["a little counts where a thread never got a core", 0, 1000, 1 / 16],
  ])("%s", (_, first, second, share) => {
    expect(fairShare(waiting, { ...later(2, 2000, 0), waits: waits(first, second) }, 1000)).toBeCloseTo(
      share,
    );
  });
});

describe("the clock", () => {
  /** A clock on a machine that is told what it did. */
  function clockOn() {
    let [time, machine]: [number, MachineTimes | undefined] = [0, START];
    const clock = new FairClock(
      () => machine,
      () => time,
    );
    const pass = (milliseconds: number, own: number, idle: number): number => {
      time += milliseconds;
      machine = machine && {
        own: machine.own + own,
        all: machine.all + 2 * milliseconds,
        idle: machine.idle + idle,
      };
      return clock.now();
    };
    return { pass };
  }

  it("goes with the wall's on an idle machine", () => {
    const { pass } = clockOn();
    for (let look = 0; look < 20; look++) pass(500, 1, 990);
    expect(pass(0, 0, 0)).toBe(10_000);
  });

  it("goes slower by as much as others have of a busy machine", () => {
    const { pass } = clockOn();
    // What the machine did before the first look is not known.
    pass(500, 50, 0);
    for (let look = 0; look < 20; look++) pass(500, 50, 0);
    expect(pass(0, 0, 0)).toBeCloseTo(500 + 1000);
  });

  it("stands while the whole program does", () => {
    const { pass } = clockOn();
    pass(500, 1, 990);
    expect(pass(3_600_000, 1, 7_000_000)).toBeLessThan(1000);
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
