/** Meetings: they keep the rules of races, and the engine as it is has nothing wrong in them. */

import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { allMeetings } from "../../dist/check/meetings/meetings.js";
import { Room } from "../../dist/check/meetings/room.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { isProcessOperation } from "../../dist/ops/operation.js";
import { count, sample } from "../support/sample.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
const MEETINGS = allMeetings();
/** Schedules of a meeting. Thousands have been looked at. */
const EXECUTIONS = count(8, 120);
let module: WebAssembly.Module;
let monitor: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(new URL("../../dist/engine.model.wasm", import.meta.url)));
  monitor = await loadMonitor();
});

describe("what the CPUs may do", () => {
  it.each(MEETINGS)(
    "$name: no process is used beside the CPU that ends it, and none is made twice",
    (meeting) => {
      const { setup, cpus } = meeting.stress;
      const made = [setup, ...cpus].flat().flatMap((one) => (one.kind === "fork" ? [one.child] : []));
      expect(new Set(made).size).toBe(made.length);
      for (const [cpu, own] of cpus.entries())
        for (const { kind, process } of own.filter(isProcessOperation)) {
          const others = cpus.filter((_, at) => at !== cpu).flat();
          const use = others.filter((one) => isProcessOperation(one) && one.process === process);
          expect(kind === "exit" ? use : []).toEqual([]);
        }
    },
  );
});

describe("the engine as it is", () => {
  it.each(sample(MEETINGS, 12, "test/check/meetings"))("$name", (scenario) => {
    const room = new Room({ scenario, module, monitor });
    const wrong = room.run(SEED, EXECUTIONS);
    expect(wrong, `repeat with RMAP_SEED=${SEED} npx vitest run test/check/meetings`).toEqual([]);
  });
});
