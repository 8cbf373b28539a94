/** Mistakes in what only kswapd runs: the meetings with it see them. */

import { expect, it } from "vitest";
import { Room } from "../../dist/check/meetings/room.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { PATIENCE } from "../support/patience.js";
import { WHOLE } from "../support/sample.js";
import { compileMistakes, meetingOf } from "./mistakes.js";

/** A plain look at a word that the host stores to, and at one that other CPUs store to. */
const MISTAKES = [
  ["reclaim/kswapd.ts:kswapd/plain/1", /write by the host/],
  ["reclaim/kswapd.ts:kswapd/plain/4", /by CPU [01] in/],
] as const;

it.runIf(WHOLE)(
  "are data races in a meeting with kswapd",
  async () => {
    const modules = await compileMistakes(MISTAKES.map(([name]) => name));
    const monitor = await loadMonitor();
    for (const [at, module] of modules.entries()) {
      const room = new Room({ scenario: meetingOf("kswapd beside stores"), module, monitor });
      const wrong = room.run(1, 60);
      expect(wrong.map(({ invariant }) => invariant)).toContain("RACE");
      expect(wrong.map(({ message }) => message).join("\n")).toMatch(MISTAKES[at]?.[1] as RegExp);
    }
  },
  10 * PATIENCE,
);
