/** Known races on worker CPUs, as a check runs them. */

import { expect, it } from "vitest";
import { stressKnown } from "../../dist/check/known-stress.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { loadModule } from "../../dist/wasm/module.js";

const race = (name: string, word: number) =>
  parseRace(
    `title Two stores
story Each CPU stores to a page of its own.
source none
watch I1
setup
  0 mmap 0 2 rw private anon
cpu
  0 write 0 5
cpu
  0 write 1 6
finish
  0 expect 0 ${word}
`,
    { file: `${name}.race`, name },
  );

async function stressed(races: readonly ReturnType<typeof race>[]) {
  const module = await loadModule({ wasmUrl: new URL("../../dist/engine.stress.wasm", import.meta.url) });
  let rows = 0;
  const report = await stressKnown({
    // TIME: seconds that end what finds nothing; a row of the clean races takes a part of them.
    ...{ module, races, seconds: 2, atOnce: 1, seed: 1 },
    using: async (threads, work) => {
      try {
        return await work();
      } finally {
        await threads.dispose();
      }
    },
    onRow: () => rows++,
  });
  expect(rows).toBe(report.rows);
  return report;
}

it("a race that breaks ends it, and is named", async () => {
  const { rows, found } = await stressed([race("wrong", 7), race("never-run", 5)]);
  expect(rows).toBe(1);
  expect(found?.scenario.name).toBe("wrong");
  expect(found?.finding.message).toContain("expected 0x7");
});

it("clean races find nothing", async () => {
  const { rows, found } = await stressed([race("clean", 5)]);
  expect({ rows, found }).toEqual({ rows: 1, found: null });
});
