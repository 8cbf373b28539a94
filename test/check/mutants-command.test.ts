/** `rmap check --mutants` as a user runs it. */

import { expect, it } from "vitest";
import { Equality } from "../../dist/check/mutants/compile.js";
import { allMutants } from "../../dist/check/mutants/suite.js";
import { rmapHere } from "../support/here.js";
import { schemaErrors } from "../support/rmap.js";
import { WHOLE } from "../support/sample.js";

// About 15 s of processor time; what a mutant changes, and how many share a text, is in mutants.test.ts.
it.runIf(WHOLE)("sees a slot of swap that fork does not count", async () => {
  const name = "mm/copy.ts:copyAbsent/no-get/1";
  // TIME: of processor time; its finding ends it.
  const { code, stdout, stderr } = await rmapHere([
    // TIME: processor time, which other programs do not use up, and only for a mutant that nothing sees.
    ...["check", "--mutants", "--only", name, "--json", "--quiet", "--seconds", "1", "--workers", "1"],
  ]);
  expect(stderr).toBe("");
  const result = JSON.parse(stdout);
  expect(schemaErrors("mutants", result)).toBeUndefined();
  expect(result.engine).toBeNull();
  expect(result.counts).toEqual({ seen: 1, survived: 0, equal: 0, broken: 0 });
  const [row] = result.results;
  expect(row.name).toBe(name);
  expect(row.change[0].was).toEqual(["    swapDup(pteSlot(pte));"]);
  expect(row.change[0].now).toEqual([]);
  expect(["programs", "answers"]).toContain(row.seen.by);
  expect(row.seen.message).not.toBe("");
  expect(code).toBe(0);
});

// Two whole compilations.
it.runIf(WHOLE)("tells a mutant that is the very same engine from another one", async () => {
  const { mutants } = await allMutants();
  const equality = new Equality();
  const same = async (name: string) => {
    const mutant = mutants.find((one) => one.name === name);
    return mutant && (await equality.isSame(mutant));
  };
  // A marked store of 32 bits is a plain one natively.
  expect(await same("swap/cache.ts:attach/plain/1")).toBe(true);
  expect(await same("swap/cache.ts:attach/no-store/2")).toBe(false);
});

it.runIf(WHOLE)("prints what mutants change, and runs nothing", async () => {
  const { code, stdout } = await rmapHere([
    "check",
    "--mutants",
    "--source",
    "--only",
    "mm/copy.ts:copyAbsent/no-get/1",
  ]);
  expect(stdout.trimEnd()).toMatch(
    /^mm\/copy\.ts:copyAbsent\/no-get\/1\n +\d+ - {5}swapDup\(pteSlot\(pte\)\);$/,
  );
  expect(code).toBe(0);
});

it.runIf(WHOLE)("draws a sample by the seed", async () => {
  const drawn = async (seed: number) => {
    const args = ["check", "--mutants", "--source", "--only", "ksm", "--sample", "3", "--seed", String(seed)];
    return (await rmapHere(args)).stdout.match(/^\S+\/\d+$/gm);
  };
  const first = await drawn(2);
  expect(new Set(first).size).toBe(3);
  expect(await drawn(2)).toEqual(first);
  expect(await drawn(3)).not.toEqual(first);
});

// To find every mutant of the engine takes seconds.
const UNKNOWN: [string[], string] = [["--mutants", "--only", "copyAbsen"], "did you mean copyAbsent"];

it.each<[string[], string]>([
  ...(WHOLE ? [UNKNOWN] : []),
  [["--mutants", "./my-idea"], "--mutants is about the engine as it is"],
  [["--mutants", "--html", "x.html"], "--mutants has no --html"],
  [["--mutants", "--shard", "3/2"], "--shard"],
  [["--only", "mm/copy.ts"], "--only needs --mutants"],
  [["--sample", "5"], "--sample needs --mutants"],
])("check %j is wrong usage", async (args, message) => {
  const { code, stderr } = await rmapHere(["check", ...args]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
});
