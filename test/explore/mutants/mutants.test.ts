/** An explore form counts only if it finds something: a protocol of history, or a mutant. */

import { describe, expect, test } from "vitest";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import { loadVariants } from "../../../dist/scenario/variant.js";
import { sample } from "../../support/sample.js";
import { confirmed, exploreForm, MUTANTS } from "./mutants.js";

/** Races that show what closes the hole of another one, by name: nothing is found in them. */
const TWINS: Readonly<Record<string, string>> = {
  "fresh-locked": "fresh-anon-vma",
  "fresh-neighbour": "fresh-anon-vma",
};

describe("each race with a form for exploration", async () => {
  const variants = await loadVariants();
  const races = (await loadScenarios()).filter(({ explore }) => explore !== undefined);

  /** Whether `rmap explore --all` must find the race's bug in a variant. */
  const isFound = (race: string) =>
    variants.some(({ verdicts }) => (verdicts[race]?.explore ?? verdicts[race]?.expected) === "bug");

  /** The same in a memory model weaker than sc. */
  const isFoundWeak = (race: string) =>
    variants.some(({ verdicts }) => Object.values(verdicts[race]?.models ?? {}).includes("bug"));

  test.each(races.map(({ name }) => name))("%s: its bug is found in a variant or in a mutant", (name) => {
    const twin = TWINS[name];
    if (isFound(name)) expect(MUTANTS[name]).toBeUndefined();
    else expect(MUTANTS[name] !== undefined || isFoundWeak(twin ?? name)).toBe(true);
    if (twin !== undefined) expect(isFound(name) || isFoundWeak(name)).toBe(false);
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
