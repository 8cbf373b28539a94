/** Arrangements of races: a seed draws each of them, they follow the rules, and one gives a page of the slab back. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runAlone } from "../../dist/check/alone.js";
import { type Arrangement, arrange } from "../../dist/check/arrange.js";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { Dice } from "../../dist/check/dice.js";
import { scenarioOf } from "../../dist/check/races.js";
import { SHAPES } from "../../dist/check/sequential.js";
import type { Values } from "../../dist/check/values.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { runnerOf } from "../../dist/explore/row.js";
import { BoundedStrategy } from "../../dist/explore/strategy/bounded.js";
import type { Operation } from "../../dist/ops/operation.js";
import { parseScript } from "../../dist/ops/script.js";
import type { RaceForm } from "../../dist/scenario/race.js";

const build = (name: string) =>
  WebAssembly.compile(readFileSync(new URL(`../../dist/engine.${name}.wasm`, import.meta.url)));
const SETUP = parseScript("0 mmap 0 2 rw private anon\n0 write 0 1\n0 fork 1");
const HIT: Operation = { kind: "munmap", process: 1, page: 0, pages: 1 };

/** What a setup leaves. */
async function left(): Promise<Values> {
  return runAlone(new CheckedMachine(await build("checked"), SHAPES[0]), SETUP, []).values;
}

/** The arrangements of some seeds. */
async function drawn(hit: Operation): Promise<Arrangement[]> {
  const values = await left();
  return Array.from({ length: 200 }, (_, seed) => arrange(Dice.ofProgram(seed, 0), values, hit)).filter(
    (one) => one !== undefined,
  );
}

it("each come, around an operation of a process and around one that goes by frames", async () => {
  const names = ["reuse", "returned", "outlives", "child", "back", "remembered", "pinned", "out", "merged"];
  for (const hit of [HIT, { kind: "reclaim", pages: 2 } satisfies Operation]) {
    const all = await drawn(hit);
    expect(new Set(all.map(({ name }) => name))).toEqual(new Set(names));
    // A race without the operation that ran changed code is the exception.
    const has = all.filter(({ cpus }) => cpus.flat().some(({ kind }) => kind === hit.kind));
    expect(has.length).toBeGreaterThan(all.length / 2);
    expect(await drawn(hit)).toEqual(all);
  }
});

it("make no process that there is, and none when there is no room", async () => {
  for (const { setup, crowd = [], cpus } of await drawn(HIT)) {
    const made = [...setup, ...crowd, ...cpus.flat()].filter((one) => one.kind === "fork");
    const children = made.map(({ child }) => child);
    expect(new Set(children).size).toBe(children.length);
    for (const child of children) expect([2, 3]).toContain(child);
  }
  const values = await left();
  for (let process = 2; process < 8; process++) values.known.add(process);
  expect(arrange(Dice.ofProgram(1, 0), values, HIT)).toBeUndefined();
});

it("give a page of anon_vmas back where a crowd was, and not without it", async () => {
  const one = (await drawn(HIT)).find(({ name }) => name === "returned");
  if (one?.crowd === undefined) throw new Error("no seed draws it");
  const [module, monitor] = [await build("model"), await loadMonitor()];
  /** How many pages of the slab a CPU gives back that unmaps the last page of the crowd. */
  const given = (crowd: readonly Operation[]): number => {
    const form: RaceForm = {
      ...{ boot: { slab: "returned" }, repeat: 1, finish: [] },
      setup: [...SETUP, ...one.setup, ...crowd],
      cpus: [one.cpus[0].slice(0, 1), [{ kind: "read", process: 0, page: 0 }]],
    };
    const runner = runnerOf({ scenario: scenarioOf(form, "a page of the slab"), module, monitor });
    const { machine, program } = runner;
    const before = machine.control.get("slabPages");
    let after = before;
    const verify = program.verify.bind(program);
    program.verify = (...given) => {
      after = machine.control.get("slabPages");
      return verify(...given);
    };
    const { finding } = runner.explore(() => new BoundedStrategy(0), { executions: 1 });
    expect(finding).toBeUndefined();
    return before - after;
  };
  expect(given(one.crowd)).toBeGreaterThan(0);
  expect(given(one.crowd.filter(({ kind }) => kind !== "munmap"))).toBe(0);
});
