/**
 * Variants hold what differs from the engine, and nothing else. Each was looked at since the declarations that it replaces
 * changed last: `node scripts/variants.mjs --record` notes that.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { composeEngine, engineSources } from "../../dist/build/compose.js";
import { packageRoot, readTargets } from "../../dist/build/index.js";
import { loadVariants } from "../../dist/scenario/variant.js";
import { PATIENCE } from "../support/patience.js";

const base = await engineSources();
const RECORD = fileURLToPath(new URL("replaced.json", import.meta.url));

/** What the script says of the variants, against a record. */
function lookAgain(...args: string[]) {
  const file = join(packageRoot(), "scripts/variants.mjs");
  const run = spawnSync(process.execPath, [file, ...args], { encoding: "utf8", timeout: PATIENCE });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

it("no variant holds a copy of a declaration that equals the one below it", async () => {
  const copies: string[] = [];
  for (const { layers } of await loadVariants()) {
    for (const change of (await composeEngine([layers], base)).changes)
      for (const name of change.copies) copies.push(`${change.file}: ${name}`);
  }
  expect([...new Set(copies)], "leave them out: node scripts/variants.mjs --trim").toEqual([]);
});

it("no overlay of a build holds one", async () => {
  const targets = (await readTargets(packageRoot())).map(({ overlays }) => overlays);
  for (const overlays of [...targets, ["overlays/bench"]]) {
    const { changes } = await composeEngine(
      overlays.map((folder) => join(packageRoot(), folder)),
      base,
    );
    expect(changes.flatMap(({ path, copies }) => copies.map((name) => `${path}: ${name}`))).toEqual([]);
  }
});

it("each variant and overlay was looked at since a declaration that it replaces has changed", () => {
  expect(lookAgain()).toEqual({ status: 0, stdout: "", stderr: "" });
});

it("names the variants to look at, until somebody records a look", () => {
  const folder = mkdtempSync(join(tmpdir(), "rmap-replaced-"));
  const file = join(folder, "replaced.json");
  const key = "rmap/owner.ts anonOwner";
  const record = JSON.parse(readFileSync(RECORD, "utf8")) as Record<string, Record<string, string>>;
  const { [key]: hash, ...rest } = record["2010-youngest-anon-vma"] ?? {};
  expect(hash).toMatch(/^[0-9a-f]{12}$/);
  const old = { ...rest, [key]: "0123456789ab", "rmap/owner.ts gone": "0123456789ab" };
  writeFileSync(
    file,
    JSON.stringify({ ...record, "2010-youngest-anon-vma": old, "2010-merged-series": rest }),
  );
  const found = lookAgain(file);
  expect(found.stdout.split("\n").sort()).toEqual([
    "",
    "2010-merged-series: replaces anonOwner (assembly/rmap/owner.ts), and the record lacks that",
    "2010-youngest-anon-vma: no longer replaces gone (assembly/rmap/owner.ts)",
    "2010-youngest-anon-vma: replaces anonOwner (assembly/rmap/owner.ts), which has changed",
  ]);
  expect(found).toMatchObject({ status: 1, stderr: expect.stringContaining("--record") });
  lookAgain("--record", file);
  expect(readFileSync(file, "utf8")).toBe(readFileSync(RECORD, "utf8"));
  rmSync(folder, { recursive: true });
});
