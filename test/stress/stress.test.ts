/** All CPUs in the same address spaces at once, without any order: many faults, and nothing may break, hang or leak. For more of them: long.config.ts. */
import { expect, it } from "vitest";
import { count } from "../support/sample.js";
import { type StressOptions, stress } from "./run.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);

/** Faults of one case. */
const FAULTS = count(40_000, 100_000);

/** What is varied: each case has its share of the faults. */
const CASES: readonly (Omit<StressOptions, "seed"> & { readonly what: string })[] = [
  { what: "checked, 4 CPUs, delays", cpus: 4, checked: true, delays: true, faults: 2 * FAULTS },
  { what: "checked, 4 CPUs", cpus: 4, checked: true, delays: false, faults: FAULTS },
  {
    what: "checked, 4 CPUs, short rounds",
    cpus: 4,
    checked: true,
    delays: true,
    faults: FAULTS,
    roundOperations: 500,
  },
  {
    what: "checked, 4 CPUs, refusals",
    cpus: 4,
    checked: true,
    delays: true,
    refusals: true,
    faults: FAULTS,
  },
  { what: "checked, 4 CPUs, few frames", cpus: 4, checked: true, delays: true, frames: 600, faults: FAULTS },
  { what: "checked, 4 CPUs, merging", cpus: 4, checked: true, delays: true, ksm: true, faults: FAULTS },
  {
    what: "checked, 4 CPUs, paging",
    cpus: 4,
    checked: true,
    delays: true,
    ksm: true,
    paging: true,
    frames: 700,
    faults: FAULTS,
  },
  { what: "release, 4 CPUs", cpus: 4, checked: false, delays: false, faults: FAULTS },
];

it.each(CASES)(`$what, seed ${SEED}`, async ({ what, ...options }) => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/stress -t "${what}"`);
  const report = await stress({ seed: SEED, ...options });
  expect(report.faults).toBeGreaterThanOrEqual(options.faults);
  // The mix is one of calls that mostly do something.
  expect(report.results[0] ?? 0).toBeGreaterThan(report.operations / 4);
});
