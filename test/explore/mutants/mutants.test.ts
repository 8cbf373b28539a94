/** An explore form counts only if it finds something: a protocol of history, or a mutant. */

import { describe, expect, test } from "vitest";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import { loadVariants } from "../../../dist/scenario/variant.js";
import { sample } from "../../support/sample.js";
import { confirmed, exploreForm, MUTANTS } from "./mutants.js";

describe("each race with a form for exploration", async () => {
  const variants = await loadVariants();
  const races = (await loadScenarios()).filter(({ explore }) => explore !== undefined);

  /** Whether `rmap explore --all` must find the race's bug in a variant. */
  const isFound = (race: string) =>
    variants.some(({ verdicts }) => (verdicts[race]?.explore ?? verdicts[race]?.expected) === "bug");

  test.each(races.map(({ name }) => name))("%s: its bug is found in a variant or in a mutant", (name) => {
    expect(isFound(name)).toBe(MUTANTS[name] === undefined);
    expect(confirmed()[name]?.mutant).toBe(MUTANTS[name]);
  });
});

describe("a mutant is found by the race that it is for", () => {
  // Two small ones, of which `npm test` takes one; the campaign takes all.
  test.each(sample(["locked-mapping", "stack-growth"], 1, "test/explore/mutants"))("%s", async (race) => {
    const { found, executions } = await exploreForm(race, MUTANTS[race]);
    expect(found?.invariant).toBe(confirmed()[race]?.invariant);
    // The engine as it is has that many executions, all of them clean: rmap explore, and the campaign.
    expect(executions).toBeLessThanOrEqual(confirmed()[race]?.clean ?? 0);
  });
});
