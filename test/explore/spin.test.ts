/** A CPU in a long loop is no CPU that repeats itself. */

import { expect, it } from "vitest";
import type { Finding } from "../../dist/explore/finding.js";
import { limitReplays } from "../../dist/explore/replay.js";
import { exploreRow } from "../../dist/explore/row.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { modelEngine, monitorModule } from "./modules.js";

const modules = { module: modelEngine(), monitor: monitorModule() };

it("a loop over hundreds of pages is no wait", () => {
  // Of 512 stacks that differ in the address only, two had the same hash of 32 bits.
  const text = `title Many pages
boot swap 32
setup
  0 mmap 510 516 rw private anon
  0 write 903 1
  0 mlock 510 6
cpu
  reclaim 5
cpu
  fail 4
  0 migrate 510 515
`;
  const scenario = parseRace(text, { file: "many.race", name: "many" });
  const settings = { strategy: "bounded", preemptions: 0, seed: 1 } as const;
  const { found, complete } = exploreRow({ scenario, ...modules, settings });
  expect(found?.message).toBeUndefined();
  expect(complete).toBe(true);
});

it("a finding behind thousands of steps is the same again", () => {
  const text = `title A crowd
boot swap 32 memory 4000
setup
  0 mmap 0 2101 rw private anon
  0 touch 0 2101 w
  0 mmap 3000 1 rw private anon
  0 register 3000 1
cpu
  0 fork 1
  0 read 3000
`;
  const scenario = parseRace(text, { file: "crowd.race", name: "crowd" });
  const settings = { strategy: "bounded", preemptions: 0, seed: 1 } as const;
  const { found } = exploreRow({ scenario, ...modules, settings });
  expect(found).toMatchObject({ code: "DEADLOCK" });
  const again = exploreRow({ scenario, ...modules, settings: { ...settings, replay: found?.replay ?? "" } });
  expect(again.found).toMatchObject({ code: "DEADLOCK", message: found?.message });
});

it("replays of a long execution have steps enough, and those of one that never ends have few", () => {
  const runner = { replaySteps: 1e6 };
  const decisions = new Array<number>(300_000).fill(0);
  limitReplays(runner, { decisions, finding: undefined });
  expect(runner.replaySteps).toBeGreaterThan(decisions.length);
  const finding: Finding = {
    ...{ kind: "bound", invariant: "BOUND", code: "BOUND", message: "", positions: [] },
    ...{ decisions, choices: [] },
  };
  limitReplays(runner, { decisions, finding });
  // A search gives up at 20,000 decisions. A story of a million steps takes minutes, and nobody reads it.
  expect(runner.replaySteps).toBeGreaterThan(20_000);
  expect(runner.replaySteps).toBeLessThan(100_000);
});
