/** All CPUs in the same address spaces at once, without any order: many faults, and nothing may break, hang or leak. For more of them: long.config.ts. */
import { expect, it } from "vitest";
import { type StressOptions, stress } from "./run.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);

/** What is varied: each case has its share of the faults. */
const CASES: readonly (Omit<StressOptions, "seed"> & { readonly what: string })[] = [
  { what: "checked, 4 CPUs, delays", cpus: 4, checked: true, delays: true, faults: 200_000 },
  { what: "checked, 4 CPUs", cpus: 4, checked: true, delays: false, faults: 100_000 },
  {
    what: "checked, 4 CPUs, short rounds",
    cpus: 4,
    checked: true,
    delays: true,
    faults: 100_000,
    roundOperations: 500,
  },
  {
    what: "checked, 4 CPUs, refusals",
    cpus: 4,
    checked: true,
    delays: true,
    refusals: true,
    faults: 100_000,
  },
  { what: "checked, 4 CPUs, few frames", cpus: 4, checked: true, delays: true, frames: 600, faults: 100_000 },
  { what: "checked, 4 CPUs, merging", cpus: 4, checked: true, delays: true, ksm: true, faults: 100_000 },
  {
    what: "checked, 4 CPUs, paging",
    cpus: 4,
    checked: true,
    delays: true,
    ksm: true,
    paging: true,
    frames: 700,
    faults: 100_000,
  },
  { what: "release, 4 CPUs", cpus: 4, checked: false, delays: false, faults: 100_000 },
];

it.each(CASES)(`$what, seed ${SEED}`, async ({ what, ...options }) => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/stress -t "${what}"`);
  const report = await stress({ seed: SEED, ...options });
  expect(report.faults).toBeGreaterThanOrEqual(options.faults);
  // The mix is one of calls that mostly do something.
  expect(report.results[0] ?? 0).toBeGreaterThan(report.operations / 4);
});
