/** Shards of a check: together they do what one run with as many threads does, and `rmap merge` joins them. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Check, type CheckResult } from "../../dist/check/check.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { rmapHere } from "../support/here.js";
import { schemaErrors } from "../support/rmap.js";
import { count } from "../support/sample.js";
import { fixture } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-check-shards-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each shard runs its meetings in a new thread, which compiles the engines anew: with two, one run fewer for each of the others. */
const SHARDS = count(2, 4);
/** So few that no program meets the folder's bug: every run does all of them. */
const MOST = { programs: 24, races: 0, meetings: count(30, 1000) };

async function result(lanes: number, shard?: { index: number; of: number }): Promise<CheckResult> {
  const variant = await loadVariant(fixture("bugs/2025-mremap-merge-unfaulted"));
  // TIME: a limit that it never meets: it ends with its programs.
  const limits = { seconds: 100_000, seed: 5, most: MOST };
  return new Check(variant, { ...limits, lanes, catalogue: false, ...(shard && { shard }) }).run(() => {});
}

const fileOf = (index: number) => join(folder, `shard-${index}.json`);
const all = () => Array.from({ length: SHARDS }, (_, at) => fileOf(at + 1));

function write(file: string, index: number, shown: CheckResult, plan = "0123456789abcdef"): void {
  const run = { plan, rows: 1, shard: { index, of: SHARDS } };
  writeFileSync(file, JSON.stringify({ schema: "rmap.check/1", run, ...shown }));
}

const shards: CheckResult[] = [];
beforeAll(async () => {
  for (let index = 1; index <= SHARDS; index++) {
    const one = await result(1, { index, of: SHARDS });
    shards.push(one);
    write(fileOf(index), index, one);
  }
});

it("all shards together do what one run does", async () => {
  const whole = await result(SHARDS);
  const { code, stdout } = await rmapHere(["merge", ...all().reverse(), "--json"]);
  const merged = JSON.parse(stdout);
  expect(schemaErrors("check", merged)).toBeUndefined();
  expect(merged.merged).toEqual({ shards: SHARDS });
  const told = ({ seconds: _, executions, programs, answers, changed, verdict, found }: CheckResult) => ({
    ...{ executions, programs, changed, verdict, found },
    ...{ cases: answers.cases, agree: answers.agree },
  });
  const own = told(merged);
  expect(own).toEqual(told(whole));
  expect(own.programs.generated).toBe(MOST.programs);
  expect(own.cases).toBeGreaterThan(SHARDS);
  expect(code).toBe(merged.verdict === "no finding" ? 0 : 1);
  // No shard does it alone.
  for (const one of shards) expect(one.answers.cases).toBeLessThan(own.cases);
});

it("a shard that is missing, there twice, or of another check is an error", async () => {
  const [first, second] = all() as [string, string];
  const merge = (...files: string[]) => rmapHere(["merge", ...files]);
  expect(await merge(...all().slice(1))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`shard 1 of ${SHARDS} is missing`),
  });
  expect(await merge(first, first, ...all().slice(2))).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`shard 1 of ${SHARDS} is given twice`),
  });
  const other = join(folder, "other.json");
  write(other, 1, shards[0] as CheckResult, "another");
  expect(await merge(other, ...all().slice(1))).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("is a shard of another run"),
  });
  writeFileSync(other, JSON.stringify({ schema: "rmap.check/1", run: { plan: "x", rows: 1 }, folder: 3 }));
  expect(await merge(other, second)).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("other.json:1:"),
  });
});

it("a finding of one shard is the finding of all", async () => {
  const found: CheckResult["found"] = {
    ...{ by: "stress" as const, invariant: "I1", message: "a page is lost", race: "title x\n", replay: null },
    ...{ places: [], known: "first-fault" },
  };
  const file = join(folder, "found.json");
  write(file, 2, { ...(shards[1] as CheckResult), verdict: "finding", found });
  const [first, , ...others] = all() as [string, string, ...string[]];
  const { code, stdout } = await rmapHere(["merge", first, file, ...others]);
  expect(stdout).toContain("finding: I1");
  expect(stdout).toContain("a page is lost");
  expect(code).toBe(1);
});

it("an interrupted check has a result of what it has done, and is no shard", async () => {
  const variant = await loadVariant(fixture("bugs/2025-mremap-merge-unfaulted"));
  // TIME: a limit that it never meets. It is interrupted at its first sign of life.
  const limits = { seconds: 100_000, seed: 5, most: { ...MOST, programs: 1e9 } };
  const check = new Check(variant, { ...limits, lanes: 1, catalogue: false });
  expect(await check.soFar()).toBeUndefined();
  let hasResult = false;
  const soFar = await new Promise<CheckResult | undefined>((resolve, reject) => {
    check.run(() => resolve(check.soFar())).then(() => (hasResult = true), reject);
  });
  await check.dispose();
  await new Promise(setImmediate);
  // It would be printed a second time.
  expect(hasResult).toBe(false);
  expect(schemaErrors("check", { schema: "rmap.check/1", ...soFar })).toBeUndefined();
  // A bug may have been found by then.
  expect(soFar?.verdict).toBe(soFar?.found === null ? "interrupted" : "finding");
  expect(soFar?.programs.races).toBe(0);
  const file = join(folder, "interrupted.json");
  write(file, 2, { ...(soFar as CheckResult), verdict: "interrupted", found: null });
  const [first, , ...others] = all() as [string, string, ...string[]];
  expect(await rmapHere(["merge", first, file, ...others])).toMatchObject({
    code: 5,
    stderr: expect.stringContaining("was interrupted"),
  });
});
