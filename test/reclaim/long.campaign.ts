/**
 * "Nothing lost" for long. First 2 million operations in one run (about two minutes of two cores): 4 CPUs over 8 forked
 * processes, memory for 40 % of what they use, with kswapd, merging, compaction and writeback, checked. Then seed after seed, with other memory, CPUs, content and delays each time. It costs RMAP_MINUTES
 * minutes of all cores (10 when it is not set; about 1.5 million operations a minute on two of them) and ends at the first finding.
 *
 *   RMAP_MINUTES=30 npx vitest run --config test/reclaim/long.config.ts
 */
import { expect, it } from "vitest";
import { type LostOptions, nothingLost } from "./nothing-lost.js";

const MINUTES = Number(process.env["RMAP_MINUTES"] ?? 10);
const FIRST = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
/** Operations of one run: a few seconds. */
const OPERATIONS = 100_000;
const ROUNDS = [25_000, 5000, 1000, 50_000];
const MEMORY = [0.4, 0.3, 0.5, 0.25, 0.4];

/** What the seed varies. */
function optionsOf(seed: number): LostOptions {
  return {
    seed,
    operations: OPERATIONS,
    checked: seed % 8 !== 7,
    delays: seed % 3 !== 2,
    kswapd: seed % 5 !== 4,
    ksm: seed % 4 !== 3,
    compaction: seed % 9 !== 8,
    writeback: seed % 11 !== 10,
    fullContent: seed % 7 === 6,
    cpus: seed % 6 === 5 ? 2 : 4,
    memory: MEMORY[(seed >> 2) % MEMORY.length] ?? 0.4,
    roundOperations: ROUNDS[(seed >> 1) % ROUNDS.length] ?? 25_000,
  };
}

it(`loses nothing in 2 million operations, seed ${FIRST}`, { timeout: 20 * 60_000 }, async () => {
  const report = await nothingLost({ seed: FIRST, operations: 2_000_000, checked: true });
  const { operations, seconds, reads, forks, swapOut, swapIn, moved, written, checks } = report;
  console.log(
    `seed ${FIRST}: ${operations} operations, ${Math.round(operations / seconds)} a second, ${reads} reads, ` +
      `${forks} forks, ${swapOut} pages out, ${swapIn} in, ${moved} moved, ${written} written, ${checks} checks; nothing lost`,
  );
});

it(`loses nothing in ${MINUTES} minutes from seed ${FIRST}`, {
  timeout: (MINUTES + 5) * 60_000,
}, async () => {
  const started = performance.now();
  const end = started + MINUTES * 60_000;
  let seed = FIRST;
  let [operations, swapOut, swapIn] = [0, 0, 0];
  for (; performance.now() < end; seed++) {
    const repeat = `repeat with RMAP_SEED=${seed} RMAP_MINUTES=0.05 npx vitest run --config test/reclaim/long.config.ts`;
    const found = await nothingLost(optionsOf(seed)).then(
      (report) => {
        operations += report.operations;
        swapOut += report.swapOut;
        swapIn += report.swapIn;
        return undefined;
      },
      (error: Error) => `${error.message}\n${repeat}`,
    );
    expect(found, `seed ${seed}`).toBe(undefined);
  }
  const seconds = (performance.now() - started) / 1000;
  const rate = Math.round(operations / seconds);
  console.log(
    `${seed - FIRST} seeds from ${FIRST}: ${operations} operations, ${rate} a second, ` +
      `${swapOut} pages out, ${swapIn} in; nothing lost`,
  );
});
