/** `--variant` of run, replay and bench: what a change does to answers, recordings and speed. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { rmapHere } from "../support/here.js";
import { rmap, schemaErrors } from "../support/rmap.js";
import { WHOLE } from "../support/sample.js";

const folder = mkdtempSync(join(tmpdir(), "rmap-variant-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A store to a page that nobody else maps gets a copy too, a link counts twice, and `swapoff` never ends. */
const idea = join(folder, "always-copy");
for (const name of ["mm", "rmap"]) mkdirSync(join(idea, name), { recursive: true });
writeFileSync(
  join(idea, "rmap/anon_vma.ts"),
  `export function avcAlloc(): u32 {
  const at = slabAlloc(SLAB_AVC);
  if (at != 0) thisCpu().statChainMade += 2;
  return at;
}
`,
);
writeFileSync(
  join(idea, "mm/fault_cow.ts"),
  "export function mayReuse(page: Page, vma: Vma): bool {\n  return false;\n}\n",
);
writeFileSync(
  join(idea, "mm/swapoff.ts"),
  "export function swapoffMm(mm: Mm): i32 {\n  while (true) {}\n  return 0;\n}\n",
);

const TRACE = new URL("../../traces/bash.perf.txt.gz", import.meta.url).pathname;
/** The child has gone: the engine as it is takes the page over. */
const SCRIPT = "0 mmap 0 1 rw private anon\n0 write 0 5\n0 fork 1\n1 exit\n0 write 0 6\ndump\n";

it("run: the answer is the variant's, and names it", async () => {
  const own = JSON.parse((await rmapHere(["run", "-"], SCRIPT)).stdout);
  expect(own.dumps[0].procs["0"].pages).toEqual([[0, 0, 1, "AX", 6]]);
  expect(own.variant).toBeUndefined();
  const { code, stdout, stderr } = await rmapHere(["run", "-", "--variant", idea, "--quiet"], SCRIPT);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const answer = JSON.parse(stdout);
  expect(schemaErrors("run", answer)).toBeUndefined();
  expect(answer.variant).toBe("always-copy");
  expect(answer.results).toEqual(own.results);
  // Frames are numbered in the order in which a snapshot meets them: what differs is who counts the copies.
  expect(answer.dumps[0].procs["0"].pages[0].slice(2)).toEqual([1, "AX", 6]);
});

// It loops for the patience of the command: the processor time of ten other tests.
it.runIf(WHOLE)("run: an engine that does not come back is ended", async () => {
  const script = "0 mmap 0 1 rw private anon\n0 write 0 5\nswapoff\n";
  const { code, stdout, stderr } = await rmap(["run", "-", "--variant", idea, "--swap", "1M"], script);
  expect({ code, stdout }).toEqual({ code: 4, stdout: "" });
  expect(stderr).toContain("does not come back");
});

it("replay: the report is the variant's, also of a recording from stdin", async () => {
  const own = JSON.parse((await rmapHere(["replay", TRACE, "--cpus", "1", "--json"])).stdout);
  const args = ["replay", "-", "--variant", idea, "--cpus", "1", "--json", "--quiet"];
  const { code, stdout, stderr } = await rmapHere(args, readFileSync(TRACE));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const report = JSON.parse(stdout);
  expect(schemaErrors("replay", report)).toBeUndefined();
  expect(report.variant).toBe("always-copy");
  expect(report.ops).toBe(own.ops);
  expect(report.contents).toEqual(own.contents);
  expect(report.rmap.anonVmaChains).toBe(2 * own.rmap.anonVmaChains);
  const text = await rmapHere(["replay", TRACE, "--variant", idea, "--cpus", "1", "--quiet"]);
  expect(text.stdout).toMatch(/^variant +always-copy\n/);
});

it.runIf(WHOLE)("bench: the variant stands beside the engine as it is, in the same turns", async () => {
  const args = ["bench", "cow-reuse", "calibrate", "--variant", idea, "--no-peers", "--cpus", "1"];
  const { code, stdout, stderr } = await rmapHere([...args, "--repeats", "3", "--json", "--quiet"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const result = JSON.parse(stdout);
  expect(schemaErrors("bench", result)).toBeUndefined();
  expect(result.variant).toBe("always-copy");
  const rows = result.rows.map(({ name, engine, rates }: (typeof result.rows)[0]) => [
    name,
    engine,
    rates.length,
  ]);
  expect(rows).toEqual([
    ["calibrate", "wasm", 3],
    ["cow-reuse", "wasm", 3],
    ["cow-reuse", "variant", 3],
  ]);
  expect(Object.keys(result.ratios)).toEqual(["cow-reuse:variant/wasm"]);
  expect(result.withoutPeer.calibrate.variant).toContain("nothing that a variant replaces");
});

it.each([
  [["run", "-", "--variant", "2008-orignal"], 2, 'did you mean "2008-original"?'],
  [["replay", TRACE, "--variant", "./nowhere"], 2, "nowhere"],
  [["replay", TRACE, "--variant", idea, "--to-ops", "-"], 2, "--to-ops runs nothing"],
  [["bench", "read-hit", "--variant", "first-fault"], 2, "first-fault is a scenario, not a variant"],
])("%j ends with exit code %i", async (args, exit, message) => {
  const { code, stderr } = await rmapHere(args, SCRIPT);
  expect(stderr).toContain(message);
  expect(code).toBe(exit);
});
