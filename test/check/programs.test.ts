/** Made-up programs: the engine is clean in them, and real bugs of Linux fall, each to a small race. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CheckedMachine } from "../../dist/check/checked-machine.js";
import { runList } from "../../dist/check/program.js";
import { type Attempt, Sequential, SHAPES } from "../../dist/check/sequential.js";
import { shrinkProgram } from "../../dist/check/shrink.js";
import { formOfProgram, raceText } from "../../dist/check/told.js";
import { parseScript } from "../../dist/ops/script.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { sample } from "../support/sample.js";
import { checkedModule, fixture } from "./plain.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
const again = `repeat with RMAP_SEED=${SEED} npx vitest run test/check`;

/** The first program that is wrong, of so many. */
function firstWrong(search: Sequential, most: number): Attempt | undefined {
  while (search.programs < most) {
    const attempt = search.next();
    if (attempt.symptom !== undefined) return attempt;
  }
  return undefined;
}

it("shows nothing in the engine as it is", async () => {
  const bytes = readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url));
  const search = new Sequential(await WebAssembly.compile(bytes), SEED);
  const wrong = firstWrong(search, 2000);
  expect(wrong?.symptom?.message, `program ${search.programs}; ${again}`).toBeUndefined();
});

/** By fixture, what it changes; `npm test` takes one. */
const BUGS = [
  ["2020-fork-shares-pinned", "copyEntries"],
  ["2023-dup-anon-vma-case4", "vmaMergeExisting"],
  ["2015-clone-failure", "anonVmaCloneLocked"],
] as const;

it.each(sample(BUGS, 1, "test/check/programs"))(
  "finds %s, and makes it a small race",
  async (name, declaration) => {
    const search = new Sequential(await checkedModule(fixture(`bugs/${name}`)), SEED);
    expect(new Set(search.counters[0]?.sites.map((site) => site.declaration))).toEqual(
      new Set([declaration]),
    );
    const wrong = firstWrong(search, 30_000);
    expect(wrong?.symptom, `${search.programs} programs; ${again}`).toBeDefined();
    if (wrong?.symptom === undefined) return;
    const machine = search.machines[wrong.machine];
    if (machine === undefined) throw new Error("there is no such machine");
    const shrunk = shrinkProgram(machine, wrong.operations, wrong.symptom);
    expect(shrunk.isShown, again).toBe(true);
    expect(shrunk.symptom.invariant).toBe(wrong.symptom.invariant);
    expect(shrunk.operations.length, again).toBeLessThanOrEqual(14);
    const form = formOfProgram(shrunk.operations, SHAPES[wrong.machine as 0 | 1], wrong.machine !== 0);
    const text = raceText(form, shrunk.symptom.invariant, shrunk.symptom.message);
    expect(parseRace(text, { file: "found.race", name: "found" }).stress.cpus.length, text).toBeGreaterThan(
      0,
    );
  },
);

it("counts anonymous pages: what the operations added and took away is nothing in the end", async () => {
  const module = await WebAssembly.compile(
    readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url)),
  );
  const machine = new CheckedMachine(module, SHAPES[0]);
  const run = (script: string, ends: readonly number[]): string => {
    machine.restore();
    for (const operation of parseScript(script)) machine.run(operation);
    return machine.end(ends);
  };
  const program = "0 mmap 0 3 rw private anon\n0 write 0 1\n0 write 1 1\n0 fork 1\n1 write 0 2\n0 munmap 1 1";
  expect(run(program, [1, 0])).toBe("");
  // A process that nobody ends still has its pages: both of the child.
  expect(run(program, [0])).toContain("2 anonymous pages, by what the operations counted");
  // Reclaim may have dropped these, and counts them for nobody.
  expect(run(`${program}\n1 madvise 0 3 free`, [0])).not.toContain("anonymous pages");
});

it("drops the pins that a program leaves, also when it is made small", async () => {
  const [machine] = new Sequential(
    await WebAssembly.compile(readFileSync(new URL("../../dist/engine.checked.wasm", import.meta.url))),
    SEED,
  ).machines;
  if (machine === undefined) throw new Error("there is no machine");
  const script = "0 mmap 0 2 rw private anon\n0 hold 0 w\n0 pin 1 1 w\n0 fork 1\n0 exit";
  const { symptom, operations } = runList(machine, parseScript(script));
  expect(symptom?.message).toBeUndefined();
  expect(operations.slice(-2).map(({ kind }) => kind)).toEqual(["release", "unpin"]);
});

it("runs the right form of a bug with nothing found, and counts its branches", async () => {
  const search = new Sequential(await checkedModule(fixture("repaired/2020-fork-shares-pinned")), SEED);
  const wrong = firstWrong(search, 3000);
  expect(wrong?.symptom?.message, `program ${search.programs}; ${again}`).toBeUndefined();
  const pinned = search.counters[0]?.sites.findIndex(
    ({ kind, text }) => kind === "then" && text.includes("MaybePinned"),
  );
  // The branch that the bug leaves out.
  expect(search.guide.runs[pinned ?? -1], again).toBeGreaterThan(0);
});
