/** Meetings about barriers: a weak memory model shows a barrier that is missing, and the engine as it is has none. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { barrierMeetings, WEAK } from "../../dist/check/meetings/meetings.js";
import { Room } from "../../dist/check/meetings/room.js";
import { RaceSearch } from "../../dist/check/race-search.js";
import { Sequential } from "../../dist/check/sequential.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { PATIENCE } from "../support/patience.js";
import { count, sample, WHOLE } from "../support/sample.js";
import { compileMistakes, meetingOf } from "./mistakes.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
/** Schedules of the engine as it is, and of a mistake: each shows in one of 200. */
const EXECUTIONS = count(60, 1000);
const MOST = 2000;
/** A mistake, and the meeting that must see it. */
const MISTAKES = [
  ["rmap/pin.ts:clearUnlessPinned/relaxed/1", "a page is pinned while it goes to swap"],
  ["rmap/unmap.ts:dropUnlessUsed/relaxed/1", "a page is pinned while it is dropped"],
] as const;

let monitor: WebAssembly.Module;

beforeAll(async () => {
  monitor = await loadMonitor();
});

function engine(name: string): WebAssembly.Module {
  return new WebAssembly.Module(readFileSync(new URL(`../../dist/engine.${name}.wasm`, import.meta.url)));
}

describe("the engine as it is, in a weak model", () => {
  it.each(sample(barrierMeetings(), 3, "test/check/barriers"))("$name", (scenario) => {
    const room = new Room({ scenario, module: engine("model"), monitor, model: WEAK });
    const wrong = room.run(SEED, EXECUTIONS);
    expect(wrong, `repeat with RMAP_SEED=${SEED} npx vitest run test/check/barriers`).toEqual([]);
  });
});

describe.runIf(WHOLE)("a barrier that is missing", () => {
  it(
    "is seen in a weak model only, with its story",
    async () => {
      const modules = await compileMistakes(MISTAKES.map(([name]) => name));
      const programs = new Sequential(engine("checked"), 1);
      const seen = MISTAKES.map(([mistake, name], at) => {
        const scenario = meetingOf(name);
        const module = modules[at] as WebAssembly.Module;
        const plain = new Room({ scenario, module, monitor }).run(1, MOST);
        const weak = new Room({ scenario, module, monitor, model: WEAK }).run(1, MOST)[0]?.invariant;
        const search = new RaceSearch({ module, monitor }, programs, 1);
        const [told] = search.meetWeakly(scenario, WEAK, 1, () => {}).all;
        return [mistake, plain, weak, told?.invariant, told?.model];
      });
      expect(seen).toEqual(MISTAKES.map(([name]) => [name, [], "CONTENT", "CONTENT", WEAK]));
    },
    10 * PATIENCE,
  );
});
