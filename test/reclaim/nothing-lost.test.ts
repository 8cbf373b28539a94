/** Too little memory, many processes, all at once: every read brings the last value written, and all is given back. */
import { expect, it } from "vitest";
import { count } from "../support/sample.js";
import { type LostOptions, nothingLost } from "./nothing-lost.js";

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);

/** A fifth of the operations of a case of 25,000. */
const PART = count(2000, 5000);

const CASES: readonly (Omit<LostOptions, "seed"> & { readonly what: string })[] = [
  { what: "checked", checked: true, operations: 6 * PART },
  { what: "checked, delays", checked: true, delays: true, operations: 4 * PART },
  {
    what: "checked, delays, direct reclaim alone",
    checked: true,
    delays: true,
    kswapd: false,
    ksm: false,
    compaction: false,
    writeback: false,
    operations: 4 * PART,
  },
  { what: "checked, whole pages", checked: true, fullContent: true, operations: 3 * PART },
  { what: "release", checked: false, operations: 4 * PART },
];

it.each(CASES)(`$what, seed ${SEED}`, async ({ what, ...options }) => {
  console.log(`repeat with RMAP_SEED=${SEED} npx vitest run test/reclaim/nothing-lost -t "${what}"`);
  const report = await nothingLost({ seed: SEED, ...options });
  expect(report.swapIn).toBeGreaterThan(options.operations / 20);
  if (options.compaction !== false) expect(report.moved).toBeGreaterThan(0);
  expect(report.written).toBeGreaterThan(0);
  console.log(JSON.stringify(report));
});
