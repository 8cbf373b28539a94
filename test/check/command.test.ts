/** `rmap check` as a user runs it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compileAll } from "../../dist/build/index.js";
import { cacheFolder } from "../../dist/platform/cache-folder.js";
import { rmapHere } from "../support/here.js";
import { schemaErrors } from "../support/rmap.js";
import { WHOLE } from "../support/sample.js";
import { fixture } from "./plain.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-check-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Compiles what a check of a folder needs, one after the other in a warm thread: two threads take twice the processor time. */
async function compileFor(bug: string): Promise<void> {
  const engine = (target: string) => ({ target, overlays: [[bug]], cover: true });
  await Promise.all(compileAll(["checked", "model"].map(engine), { cache: cacheFolder(), workers: 1 }));
}

// Two compilations; the installed package comes to a verdict in test/package.
it.runIf(WHOLE)("finds a bug in a folder, and gives a race that shows it again", async () => {
  const bug = fixture("bugs/2025-mremap-merge-unfaulted");
  const junit = join(folder, "check.xml");
  const html = join(folder, "check.html");
  await compileFor(bug);
  const { code, stdout, stderr } = await rmapHere([
    ...["check", bug, "--no-catalogue", "--json", "--quiet"],
    // TIME: a limit that it never meets: it ends at its finding.
    ...["--seconds", "300", "--junit", junit, "--html", html],
  ]);
  expect(stderr).toBe("");
  expect(code).toBe(1);
  const result = JSON.parse(stdout);
  expect(schemaErrors("check", result)).toBeUndefined();
  expect(result.verdict).toBe("finding");
  expect(result.changed.map(({ declaration }: { declaration: string }) => declaration)).toEqual([
    "vmaMergeNew",
  ]);
  expect(result.changed[0].runs).toBeGreaterThan(0);
  expect(result.found.by).toBe("programs");
  const race = join(folder, "found.race");
  writeFileSync(race, result.found.race);
  const again = await rmapHere([
    "explore",
    race,
    "--variant",
    bug,
    "--replay",
    result.found.replay,
    "--json",
  ]);
  const [row] = JSON.parse(again.stdout).results;
  expect(row.found?.invariant, again.stderr).toBe(result.found.invariant);
  // Exploration says what of the folder ran, too.
  const explored = JSON.parse((await rmapHere(["explore", race, "--variant", bug, "--json"])).stdout);
  expect(schemaErrors("explore", explored)).toBeUndefined();
  const [{ changed }] = explored.results;
  expect(changed.map(({ declaration }: { declaration: string }) => declaration)).toEqual(["vmaMergeNew"]);
  expect(changed[0].runs).toBeGreaterThan(0);
  expect(changed[0].branches.length).toBeGreaterThan(0);
});

// Two more compilations; verdict.test.ts has the verdict on declarations that never ran.
it.runIf(WHOLE)("does not vouch for code that it never ran, and names it", async () => {
  // TIME: none is waited for: no program comes to this code, however many there are.
  const limits = ["--seconds", "1", "--workers", "1"];
  const args = ["check", fixture("idle/hash"), "--no-catalogue", "--json", "--quiet", ...limits];
  await compileFor(fixture("idle/hash"));
  const { code, stdout, stderr } = await rmapHere(args);
  expect(stderr).toBe("");
  const result = JSON.parse(stdout);
  expect(schemaErrors("check", result)).toBeUndefined();
  expect(result).toMatchObject({
    verdict: "not exercised",
    notExercised: ["contentHash in mm/hash.ts"],
    found: null,
  });
  expect(result.programs.generated).toBeGreaterThan(0);
  expect(code).toBe(1);
});

it.each([
  [["check", "./no-such-folder"], 2, "cannot be read: it does not exist"],
  // TIME: none passes, for it is refused.
  [["check", "--seconds", "0"], 2, "--seconds"],
  [["check", "--shard", "5/4"], 2, "I must be from 1 to N"],
  [["check", "--html", "/no/such/folder/x.html"], 5, "there is no folder"],
])("%j ends with exit code %i", async (args, exit, message) => {
  const { code, stderr } = await rmapHere(args);
  expect(stderr).toContain(message);
  expect(code).toBe(exit);
});
