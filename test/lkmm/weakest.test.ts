/** The machine that is weaker than all others lets every access choose among all that they let it choose among. */
import { describe, expect, test } from "vitest";
import { runInOrder } from "../../dist/lkmm/in-order.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { ViewMachine } from "../../dist/views/machine.js";
import { ORDER } from "../../dist/views/order.js";
import { type MachineModel, VIEW_MODELS } from "../../dist/views/rules.js";
import { count } from "../support/sample.js";
import { OVERTAKING } from "./programs.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
const CPUS = 3;
const LOCATIONS = 3;

/** Random numbers below a bound. */
function dice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/**
 * Runs the same random accesses on two machines, with choices of the first one. Returns the first step at which the second
 * one does not offer a choice of the first one, or offers another one as the newest.
 */
function firstMissing(seed: number, model: MachineModel, wider: MachineModel): number | undefined {
  const below = dice(seed);
  const make = (of: MachineModel) =>
    new ViewMachine({ cpus: CPUS, model: of, lateFences: false, besides: false, choose: () => 0 });
  const machines = [make(model), make(wider)] as const;
  const [one, other] = machines;
  for (let location = 0; location < LOCATIONS; location++) for (const machine of machines) machine.open();
  const reads: number[][] = Array.from({ length: CPUS }, () => []);
  for (let step = 0; step < 40; step++) {
    const [cpu, location, kind] = [below(CPUS), below(LOCATIONS), below(12)];
    const depends = reads[cpu] as number[];
    const on = depends.length > 0 && below(3) === 0 ? depends[below(depends.length)] : undefined;
    const tie = (below(2) === 0 ? "address" : "data") as "address" | "data";
    const depend = () => {
      if (on !== undefined) for (const machine of machines) machine.depend(cpu, tie, on);
    };
    /** The choices of the first machine, or undefined when the second one lacks some. */
    const offered = (choices: (machine: ViewMachine) => number[]): number[] | undefined => {
      const [few, many] = [choices(one), choices(other)];
      return few[0] === many[0] && few.every((message) => many.includes(message)) ? few : undefined;
    };
    const isRead = kind < 4;
    if (isRead || (kind >= 8 && kind < 10)) {
      const isFull = kind === 8;
      const order = kind === 1 || kind === 9 ? ORDER.acquire : 0;
      const writes = kind === 9 && below(2) === 0 ? ORDER.release : 0;
      depend();
      const found = offered((machine) => {
        const size = machine.readable(cpu, location, isRead ? order : 0);
        const options = machine.options.slice(0, size);
        return isRead ? options : options.filter((message) => machine.mayModify(cpu, writes, message));
      });
      if (found === undefined) return step;
      const message = found[below(found.length)];
      if (message === undefined) return step;
      for (const machine of machines) {
        if (!isRead) machine.beginModify(cpu, isFull);
        const read = machine.read(cpu, order, message);
        if (machine === one) depends.push(read);
        if (isRead) continue;
        machine.write(cpu, writes, message, true);
        machine.endModify(cpu, isFull);
      }
    } else if (kind < 8) {
      const order = kind === 4 ? ORDER.release : 0;
      depend();
      const found = offered((machine) => machine.options.slice(0, machine.writable(cpu, location, order)));
      if (found === undefined) return step;
      const after = found[below(found.length)] as number;
      for (const machine of machines) machine.write(cpu, order, after, false);
    } else {
      const fence = (["mb", "rmb", "wmb", "read-depends"] as const)[below(4)] ?? "mb";
      for (const machine of machines) machine.fence(cpu, fence);
    }
  }
  return undefined;
}

describe("whatever a machine may choose, the weakest one may choose", () => {
  const all = Array.from({ length: count(300, 20_000) }, (_, nth) => SEED + nth);

  test.each(VIEW_MODELS)("%s, in random programs", (model) => {
    expect(all.filter((seed) => firstMissing(seed, model, "weakest") !== undefined)).toEqual([]);
  });

  test.each([
    ["alpha", "pairwise"],
    ["pairwise", "alpha"],
    ["alpha", "lkmm"],
  ] as const)("%s has choices that %s lacks, and the comparison sees them", (model, other) => {
    expect(all.some((seed) => firstMissing(seed, model, other) !== undefined)).toBe(true);
  });

  test("it drops the rule that may forbid more where less is known", () => {
    const test = parseLitmus(OVERTAKING, "t.litmus");
    const states = (model: MachineModel) => runInOrder(test, { model, most: 60_000 }).states;
    const wanted = states("weakest").filter((state) => !states("lkmm").includes(state));
    expect(wanted).not.toEqual([]);
    for (const model of VIEW_MODELS)
      expect(states("weakest")).toEqual(expect.arrayContaining([...states(model)]));
  });
});
