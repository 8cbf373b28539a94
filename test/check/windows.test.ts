/** Meetings about narrow windows: they see mistakes that are planted in the engine, and what is left when all has ended. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Room } from "../../dist/check/meetings/room.js";
import { leftIn, livingIn } from "../../dist/explore/left.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { PATIENCE } from "../support/patience.js";
import { WHOLE } from "../support/sample.js";
import { compileMistakes, meetingOf } from "./mistakes.js";

/** Schedules of a meeting. Each mistake shows in a third of them at most. */
const EXECUTIONS = 400;
/** Reclaim unmaps what mlock has locked after reclaim has looked. */
const LOCKED = "rmap/unmap.ts:TryToUnmapOne.one/no-then/2";
/** A mistake, the meeting that must see it, and what it shows as. */
const MISTAKES = [
  ["ksm/node.ts:nodePageGet/plain/2", "the last place of a merged page goes", "RACE"],
  ["ksm/merge.ts:replace/no-atomic/1", "a merged page gets a place and loses others", "MAPCOUNT"],
  ["mm/fault_swap.ts:mapCopy/no-recheck/1", "two want merged pages from swap at once", "BAD_PTE"],
  ["rmap/anon_vma.ts:anonVmaAlloc/plain/2", "compacting while an owner goes and comes", "RACE"],
  ["rmap/lock.ts:folioGetAnonVma/no-put/1", "a page goes while it moves", "RESULT"],
  ["rmap/lock.ts:folioGetAnonVma/no-operand/1", "a page outlives its process", "I3"],
  ["rmap/migrate.ts:RemoveMigrationOne.one/no-atomic/2", "a page that cannot move", "RACE"],
  ["rmap/mkclean.ts:MkcleanOne.one/plain/1", "rights change while pages are written back", "RACE"],
  ["rmap/map_page.ts:dupAnonRmap/no-store/2", "reclaiming and a short life", "MAPCOUNT"],
  [LOCKED, "a page of a file is locked while it is reclaimed", "RESULT"],
  [LOCKED, "a merged page is locked while it is reclaimed", "RESULT"],
] as const;

describe("what is left when every process has ended", () => {
  it("is reported by its name; the engine as it is leaves nothing", async () => {
    const module = await WebAssembly.compile(
      readFileSync(new URL("../../dist/engine.model.wasm", import.meta.url)),
    );
    const scenario = meetingOf("a page goes while it moves");
    const room = new Room({ scenario, module, monitor: await loadMonitor() });
    expect(room.run(1, 4)).toEqual([]);
    const { machine } = room.runner;
    const before = livingIn(machine);
    expect(leftIn(machine, before)).toBeUndefined();
    const { control, layout, view } = machine;
    const at = control.cpuBase(0) + layout.struct("Cpu").offset("statFrames");
    view.setU32(at, view.u32(at) + 2);
    expect(leftIn(machine, before)).toBe("all processes have ended, and it remains: 2 frames");
  });
});

describe.runIf(WHOLE)("mistakes that only a race shows", () => {
  it(
    "are seen in the meeting about them",
    async () => {
      const modules = await compileMistakes(MISTAKES.map(([name]) => name));
      const monitor = await loadMonitor();
      const seen = MISTAKES.map(([mistake, name], at) => {
        const room = new Room({
          scenario: meetingOf(name),
          module: modules[at] as WebAssembly.Module,
          monitor,
        });
        return [mistake, name, room.run(1, EXECUTIONS)[0]?.invariant];
      });
      expect(seen).toEqual(MISTAKES.map((one) => [...one]));
    },
    10 * PATIENCE,
  );
});
