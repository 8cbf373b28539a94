/** docs/coverage.md is what the catalogue says, and every verdict is about a scenario that there is. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import { loadVariants } from "../../dist/scenario/variant.js";
import { PATIENCE } from "../support/patience.js";

it("shows what the catalogue says", async () => {
  const script = fileURLToPath(new URL("../../scripts/coverage.mjs", import.meta.url));
  const said = await new Promise((resolve) => {
    execFile(process.execPath, [script, "--check"], { timeout: PATIENCE }, (_, __, stderr) =>
      resolve(stderr),
    );
  });
  expect(said).toBe("");
});

it("has verdicts on scenarios that there are only", async () => {
  const names = new Set((await loadScenarios()).map(({ name }) => name));
  for (const { name, verdicts } of await loadVariants()) {
    expect(
      Object.keys(verdicts).filter((scenario) => !names.has(scenario)),
      name,
    ).toEqual([]);
  }
});
