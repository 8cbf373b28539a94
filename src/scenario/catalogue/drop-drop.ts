import { dropRace } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropDrop: Scenario = {
  name: "drop-drop",
  title: "Two CPUs drop the same page, one of them with a large range",
  story:
    "One CPU drops a large range: it clears entries table by table and flushes TLBs later. Another one drops a page of that " +
    "range, whose entry is gone already, and reads the page. Its own call has returned, so it must read zero, and not " +
    "what its TLB still remembers.",
  ...dropRace((page) => `0 madvise ${page} 1 dontneed\n0 expect ${page} 0`),
};
