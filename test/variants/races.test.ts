/**
 * A few rows of `rmap stress --all`, one of each kind of protocol: bugs that are found within a few hundred rounds are
 * found, and a clean row stays clean. All rows, and each bug many times: scripts/stress-campaign.mjs.
 */
import { beforeAll, expect, it } from "vitest";
import { loadScenarios, pickScenarios } from "../../dist/scenario/catalogue.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { isNamed } from "../../dist/scenario/verdict.js";
import { runRow } from "../../dist/stress/row.js";
import { sample } from "../support/sample.js";
import { Plain } from "./plain.js";

let plain: Plain;

beforeAll(async () => {
  plain = await Plain.read();
});

/** Runs a row for at most so many rounds: what was found, what is expected, and how many rounds that took. */
async function run(name: string, scenarioName: string, most: number) {
  const variant = await loadVariant(name);
  const [scenario] = pickScenarios(await loadScenarios(), [scenarioName]);
  const verdict = variant.verdicts[scenarioName];
  if (!scenario || !verdict) throw new Error(`${name} has no verdict on ${scenarioName}`);
  const module = await plain.module("stress", variant);
  return { verdict, ...(await runRow({ scenario, module, cpus: 4, rounds: most, seed: 7919 })) };
}

/** By variant, the race that shows its bug; `npm test` takes two. */
const BUGS = [
  ["2008-double-lock", "publish-before-link"],
  ["2010-clone-order", "shared-swap-in"],
  ["2011-ksm-exit", "ksm-exit"],
  ["2011-no-root-pin", "pin-outlives"],
  ["2017-madvise-flush-miss", "drop-drop"],
  ["2018-exposed-page", "exposed-page"],
] as const;

it.each(sample(BUGS, 1, "test/variants/races"))("the bug of %s is found in %s", async (variant, scenario) => {
  const { finding, verdict, rounds } = await run(variant, scenario, 100_000);
  expect(verdict.expected).toBe("bug");
  if (!finding) throw new Error(`nothing was found in ${rounds} rounds`);
  expect(isNamed(finding, verdict.by), `${finding.invariant}: ${finding.message}`).toBe(true);
});

it("nothing is found in what is clean", async () => {
  const { finding, verdict, rounds } = await run("2010-clone-order", "short-chain", 1000);
  expect(verdict.expected).toBe("clean");
  expect(finding && `${finding.invariant}: ${finding.message}`).toBeUndefined();
  expect(rounds).toBe(1000);
});
