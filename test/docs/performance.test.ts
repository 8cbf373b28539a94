/** docs/performance.md shows the kept result that it names. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/pages.js";
import { PATIENCE } from "../support/patience.js";

it("shows the figures of the kept result", async () => {
  const script = join(root, "scripts/bench-results.mjs");
  const said = await new Promise((resolve) => {
    execFile(process.execPath, [script, "--check"], { timeout: PATIENCE }, (_, __, stderr) =>
      resolve(stderr),
    );
  });
  expect(said).toBe("");
});
