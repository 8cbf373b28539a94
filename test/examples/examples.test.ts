/** The examples that compile an engine: seconds of processor time, so only where all tests run. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";
import { WHOLE } from "../support/sample.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What an example prints. */
function printed(path: string): string {
  return execFileSync(process.execPath, [path], { cwd: ROOT, encoding: "utf8", timeout: PATIENCE });
}

it.runIf(WHOLE)("the exercise finds the race of 2008, and not in today's code", () => {
  const text = printed("examples/race-2008.mjs");
  expect(text).toMatch(/^today: \d+ executions, no finding\n2008: {2}I1 after \d+ executions\n/);
  expect(text).toMatch(/CPU 0 takes the tables lock.*2008-original\/rmap\/prepare\.ts/);
});

it.runIf(WHOLE)("the simulator's overlay brings back more pages than Linux's policy", () => {
  const text = printed("examples/swap-policy/simulate.mjs");
  const [linux, fifo] = [...text.matchAll(/: (\d+) pages came back/g)].map(([, count]) => Number(count));
  expect(linux).toBeGreaterThan(100_000);
  // The accesses are the same in each run, and one CPU makes them.
  expect(fifo).toBeGreaterThan((linux ?? 0) * 1.05);
});
