/** Meetings in corners: a sweep of one meeting sees a mistake that is planted there, and the finding keeps who is waited for. */

import { describe, expect, it } from "vitest";
import { compileInThread } from "../../dist/build/index.js";
import { aimOf } from "../../dist/check/aim.js";
import { Check } from "../../dist/check/check.js";
import { Room } from "../../dist/check/meetings/room.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { SweepStrategy } from "../../dist/explore/strategy/sweep.js";
import { cacheFolder } from "../../dist/platform/cache-folder.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { PATIENCE } from "../support/patience.js";
import { WHOLE } from "../support/sample.js";
import { meetingOf } from "./mistakes.js";
import { fixture } from "./plain.js";

/** Random schedules, which find out what the CPUs share, and those of a sweep. */
const PROBE = 12;
const SWEEP = 120;
/** A folder, the meeting that must see it, whether the CPU that stops is the one that runs the mistake, and the finding. */
const MISTAKES = [
  ["lost-wakeup", "somebody supplies pages", true, "I14"],
  ["dirty-before-count", "clean pages of a file are stored to while they go", true, "CONTENT"],
  [
    "move-of-unflushed",
    "a place loses its pages to another place, and stays while its pages go out",
    false,
    "CONTENT",
  ],
  ["migration-keeps-right", "a place loses the right to store while its pages move", false, "CONTENT"],
] as const;

describe.runIf(WHOLE)("mistakes in corners", () => {
  it(
    "are seen in the meeting about them, in few executions",
    async () => {
      const monitor = await loadMonitor();
      for (const [folder, name, isAimed, invariant] of MISTAKES) {
        const { layers } = await loadVariant(fixture(`corners/${folder}`));
        const input = { target: "model", overlays: [layers], cover: true } as const;
        const { wasm } = await compileInThread(input, { cache: cacheFolder() });
        const module = await WebAssembly.compile(new Uint8Array(wasm));
        const aim = isAimed ? aimOf(module) : undefined;
        const sweep = new SweepStrategy(SWEEP, { seed: 1, aim });
        const room = new Room({ scenario: meetingOf(name), module, monitor });
        room.run(1, PROBE);
        const { finding } = room.runner.explore(() => sweep, { executions: SWEEP });
        expect([folder, finding?.invariant]).toEqual([folder, invariant]);
      }
    },
    10 * PATIENCE,
  );

  it(
    "become a race in which the page that a CPU waits for is supplied",
    async () => {
      const variant = await loadVariant(fixture("corners/lost-wakeup"));
      // A meeting finds it: so many programs before, and no race behind, whatever the machine does besides.
      const most = { programs: 64, races: 0 };
      const work = new Check(variant, { seconds: 3600, seed: 1, lanes: 1, catalogue: false, most });
      try {
        const { found } = await work.run(() => {});
        expect(found?.invariant).toBe("I14");
        expect(found?.race).toMatch(/supply/);
      } finally {
        await work.dispose();
      }
    },
    10 * PATIENCE,
  );
});
