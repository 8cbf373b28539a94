/** Random programs in which everything that an emulator uses meets, against a plain model. */
import { expect, it } from "vitest";
import type { EngineOptions } from "../../dist/index.js";
import { count } from "../support/sample.js";
import { Program, type Tally } from "./program.js";

function optionsOf(i: number): EngineOptions {
  return { checked: i % 2 === 0, cpus: 2, kswapd: i % 4 === 1, content: i % 3 === 0 ? "full" : "word" };
}

it("agrees with the model where missing ranges, changes, events, snapshots, forks, swap and batches meet", async () => {
  const tally: Tally = {
    steps: 0,
    asked: 0,
    supplied: 0,
    changed: 0,
    same: 0,
    events: 0,
    loaded: 0,
    batched: 0,
  };
  const seed = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
  console.log(`repeat with RMAP_SEED=${seed} npx vitest run test/combine`);
  for (let i = 0; i < count(4, 100); i++) {
    await Program.run(seed + i, 200, optionsOf(i), tally);
  }
  console.log(JSON.stringify(tally));
  for (const sum of Object.values(tally)) expect(sum).toBeGreaterThan(0);
});
