/** A program that never comes back is found out, and made short. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Diary } from "../../dist/check/diary.js";
import { hangOf } from "../../dist/check/hang.js";
import type { LaneTask } from "../../dist/check/lane-task.js";
import { LaneWorker } from "../../dist/check/lane-worker.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { WHOLE } from "../support/sample.js";
import { checkedModule, fixture } from "./plain.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
/** TIME: milliseconds of processor time for a program that takes less than one. */
const STUCK = 2000;

const build = async (name: string) =>
  WebAssembly.compile(readFileSync(new URL(`../../dist/engine.${name}.wasm`, import.meta.url)));

// The processor time of ten other tests.
it.runIf(WHOLE)(
  "finds the program that hangs, in which munlock comes to a page that is not there",
  async () => {
    const [checked, model] = await Promise.all([
      checkedModule(fixture("hang/munlock-at-holes")),
      build("model"),
    ]);
    const diary = new Diary();
    const task: LaneTask = {
      ...{
        checked,
        model,
        monitor: await loadMonitor(),
        mainline: { checked: await build("checked"), model },
      },
      ...{ seed: SEED, lane: 0, lanes: 1, answers: [], meetings: [], catalogue: [], diary: diary.buffer },
      // TIME: limits that it never meets: it ends at the program that hangs.
      ...{
        seconds: 600,
        share: { programs: 600, meetings: 0, catalogue: 0 },
        most: { programs: 100_000, races: 0 },
      },
      stop: new Int32Array(new SharedArrayBuffer(4)),
    };
    const thread = new LaneWorker(STUCK);
    const last = await thread.ask({ kind: "lane", task });
    await thread.end();
    const again = `repeat with RMAP_SEED=${SEED} npx vitest run test/check/hang`;
    expect(last, again).toBeUndefined();
    expect(diary.read().at, again).toBe("program");
    const hang = await hangOf(task, STUCK);
    if (hang === undefined || !("found" in hang)) throw new Error(`nothing was found; ${again}`);
    const { invariant, message, race, by } = hang.found;
    expect([by, invariant]).toEqual(["programs", "HANG"]);
    expect(message, again).toMatch(/^(`\d .*`|the end of the processes) does not come back$/);
    const { setup, cpus } = parseRace(race ?? "", { file: "found.race", name: "found" }).stress;
    // Without locked memory nobody unlocks any.
    expect(
      [...setup, ...cpus.flat()].map(({ kind }) => kind),
      `${race}${again}`,
    ).toContain("mlock");
    expect(setup.length, `${race}${again}`).toBeLessThan(12);
  },
);

it("names the script with the kernel's answer that does not come back", async () => {
  const diary = new Diary();
  diary.answer("all-1");
  const hang = await hangOf({ diary: diary.buffer } as LaneTask, STUCK);
  expect(hang).toEqual({
    found: expect.objectContaining({
      ...{ by: "answers", invariant: "HANG", message: "the script answers/all-1.ops does not come back" },
      race: null,
    }),
  });
});

it("knows what a thread is at", () => {
  const diary = new Diary();
  const reader = new Diary(diary.buffer);
  expect(reader.read()).toEqual({ at: "nothing" });
  diary.answer("all-1");
  expect(reader.read()).toEqual({ at: "answer", name: "all-1" });
  diary.program(7);
  expect(reader.read()).toEqual({ at: "program", number: 7 });
  diary.race("title x");
  expect(reader.read()).toEqual({ at: "race", text: "title x" });
});
