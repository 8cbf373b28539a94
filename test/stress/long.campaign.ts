/**
 * The stress test for long: seed after seed, with other CPUs, rounds and memory each time. It costs RMAP_MINUTES minutes
 * of all cores (10 when it is not set) and ends at the first finding.
 *
 *   RMAP_MINUTES=30 npx vitest run --config test/stress/long.config.ts
 */
import { expect, it } from "vitest";
import { type StressOptions, stress } from "./run.js";

const MINUTES = Number(process.env["RMAP_MINUTES"] ?? 10);
const FIRST = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
/** Faults of one run: a few seconds. */
const FAULTS = 300_000;
const CPUS = [4, 8, 2, 3, 4];
const ROUNDS = [4000, 1500, 500, 20_000];

/** What the seed varies. */
function optionsOf(seed: number): StressOptions {
  return {
    seed,
    faults: FAULTS,
    cpus: CPUS[seed % CPUS.length] ?? 4,
    checked: seed % 8 !== 7,
    delays: seed % 3 !== 2,
    refusals: seed % 6 === 1,
    ksm: seed % 5 === 2,
    frames: seed % 4 === 3 ? 600 : 16_384,
    roundOperations: ROUNDS[seed % ROUNDS.length] ?? 4000,
  };
}

it(`finds nothing in ${MINUTES} minutes from seed ${FIRST}`, {
  timeout: (MINUTES + 5) * 60_000,
}, async () => {
  const end = performance.now() + MINUTES * 60_000;
  let seed = FIRST;
  for (; performance.now() < end; seed++) {
    const repeat = `repeat with RMAP_SEED=${seed} RMAP_MINUTES=0.1 npx vitest run --config test/stress/long.config.ts`;
    const found = await stress(optionsOf(seed)).then(
      () => undefined,
      (error: Error) => `${error.message}\n${repeat}`,
    );
    expect(found, `seed ${seed}`).toBe(undefined);
  }
  console.log(`${seed - FIRST} seeds from ${FIRST}, ${FAULTS} faults each: nothing found`);
});
