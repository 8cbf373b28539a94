/**
 * Every row of removed.ts, about 10 s of processor time each to compile, and then from the cache. The suite runs a few
 * (net.test.ts). By hand: npm run test:locks
 */

import { expect, test } from "vitest";
import { engineWithout, racesIn } from "./engines.js";
import { REMOVED } from "./removed.js";

test.each(Object.entries(REMOVED))(
  "without the %s there is a race",
  async (_, row) => {
    const races = racesIn(await engineWithout([row]), row.program, 1500, () => true);
    console.log(races[0]?.message ?? "no race");
    expect(races.length).toBeGreaterThan(0);
  },
  300_000,
);
