/** docs/mutants.md is what its record and its judgements say, and every judgement is about a mutant that nothing saw. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { PATIENCE } from "../support/patience.js";

it("shows what the record says", async () => {
  const script = fileURLToPath(new URL("../../scripts/mutants.mjs", import.meta.url));
  const said = await new Promise((resolve) => {
    execFile(process.execPath, [script, "--check"], { timeout: PATIENCE }, (_, __, stderr) =>
      resolve(stderr),
    );
  });
  expect(said).toBe("");
});
