/**
 * Every mutant, and the engine as it is, in the race that must find it: about 15 s of processor time each to compile, then
 * from the cache, and 60 s to explore all. The suite runs two (mutants.test.ts). By hand; with RMAP_UPDATE=1 to keep the results:
 *
 *     npx vitest run --config test/explore/mutants/campaign.config.ts
 */

import { writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { CONFIRMED_FILE, type Confirmed, confirmed, exploreForm, MUTANTS } from "./mutants.js";

const results: Record<string, Confirmed> = {};

test.each(Object.entries(MUTANTS))("%s finds %s, and nothing without it", async (race, mutant) => {
  const { found, executions } = await exploreForm(race, mutant);
  const without = await exploreForm(race);
  console.log(`${race}: ${found?.invariant ?? "nothing"} at execution ${executions}; ${found?.conclusion}`);
  expect(without).toMatchObject({ complete: true, found: undefined, races: [] });
  if (found === undefined) throw new Error(`nothing in ${executions} executions`);
  results[race] = { mutant, invariant: found.invariant, executions, clean: without.executions };
  if (process.env["RMAP_UPDATE"] !== "1") expect(results[race]).toEqual(confirmed()[race]);
});

afterAll(() => {
  if (process.env["RMAP_UPDATE"] !== "1") return;
  const all = { ...confirmed(), ...results };
  const rows = Object.keys(MUTANTS).map((race) => [race, all[race]]);
  writeFileSync(CONFIRMED_FILE, `${JSON.stringify(Object.fromEntries(rows), null, 2)}\n`);
});
