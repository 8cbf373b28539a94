/** Random programs on the engine and on a plain model: no collection misses a page that changed. */
import { expect, it } from "vitest";
import { count } from "../support/sample.js";
import { Program, type Tally } from "./program.js";
import { raceOnce } from "./race.js";

it("a collection names every page that changed, and few others", async () => {
  const tally: Tally = { reported: 0, same: 0, changed: 0, collections: 0 };
  const seed = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
  console.log(`repeat with RMAP_SEED=${seed} npx vitest run test/dirty`);
  for (let i = 0; i < count(30, 1500); i++) {
    await Program.run(seed + i, 200, { checked: i % 2 === 0 }, tally);
  }
  const share = tally.same / tally.reported;
  console.log(`${JSON.stringify(tally)}, reported without a change: ${(100 * share).toFixed(1)} %`);
  expect(tally.changed).toBeGreaterThan(tally.collections);
  expect(share).toBeLessThan(0.5);
});

it("no store of another CPU is lost between two collections", async () => {
  for (const checked of [false, true]) {
    const { lost, collections, told } = await raceOnce(count(4, 100), { checked });
    expect(lost).toBe(0);
    expect(collections).toBeGreaterThan(0);
    expect(told).toBeGreaterThan(0);
  }
});
