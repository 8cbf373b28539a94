/** Meetings about barriers: a weak memory model shows a barrier that is missing, and the engine as it is has none. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { barrierMeetings, WEAK } from "../../dist/check/meetings/meetings.js";
import { Room } from "../../dist/check/meetings/room.js";
import { compileMutants } from "../../dist/check/mutants/compile.js";
import { allMutants } from "../../dist/check/mutants/suite.js";
import { SwitchBoard } from "../../dist/check/mutants/switch.js";
import { RaceSearch } from "../../dist/check/race-search.js";
import { Sequential } from "../../dist/check/sequential.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { PATIENCE } from "../support/patience.js";
import { count, sample, WHOLE } from "../support/sample.js";

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

function meetingOf(name: string) {
  const found = barrierMeetings().find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no meeting ${name}`);
  return found;
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
      const { mutants } = await allMutants();
      const numbered = MISTAKES.map(([name], at) => {
        const mutant = mutants.find((one) => one.name === name);
        if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
        return { mutant, number: at + 1 };
      });
      const { batches } = await compileMutants(numbered, "model");
      const programs = new Sequential(engine("checked"), 1);
      const seen = batches.flatMap(({ wasm, mutants: own }) => {
        const board = new SwitchBoard(wasm);
        return own.map(({ number, mutant }) => {
          const scenario = meetingOf(MISTAKES[number - 1]?.[1] ?? "");
          const module = board.module(number, () => false);
          const plain = new Room({ scenario, module, monitor }).run(1, MOST);
          const room = new Room({ scenario, module, monitor, model: WEAK });
          const weak = room.run(1, MOST)[0]?.invariant;
          const search = new RaceSearch({ module, monitor }, programs, 1);
          const [told] = search.meetWeakly(scenario, WEAK, 1, () => {}).all;
          return [mutant.name, plain, weak, told?.invariant, told?.model];
        });
      });
      expect(seen.sort()).toEqual(MISTAKES.map(([name]) => [name, [], "CONTENT", "CONTENT", WEAK]).sort());
    },
    10 * PATIENCE,
  );
});
