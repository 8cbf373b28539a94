/** What the examples print. Those that compile an engine take seconds of processor time, so they run only where all tests do. */
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

it("a guest's memory is paged in, copied, compared, saved and loaded", () => {
  const lines = printed("examples/guest-memory.mjs").split("\n");
  expect(lines[0]).toBe('the guest reads "hello, guest" and byte 77; 2 of 8 pages came in');
  expect(lines[1]).toBe("the image filled the pages 1 and 3");
  expect(lines[2]).toBe("it changed the pages 1 and 5 since the snapshot");
  expect(lines[3]).toBe("byte 77 is 200, and 77 in the snapshot");
  expect(lines[4]).toMatch(/^loaded from \d+ KiB: 200 and 77$/);
  expect(lines[5]).toBe("page 2 is still in the file: byte 0, 1 page came in");
  expect(lines[6]).toBe("behind the image: segmentation fault: read8 at 0x108000");
});

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
