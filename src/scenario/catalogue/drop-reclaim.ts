import { dropRace } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropReclaim: Scenario = {
  name: "drop-reclaim",
  title: "One CPU drops pages that others are reclaiming",
  story:
    "One CPU drops a large range, another one pages of it, and others reclaim pages of the range meanwhile. Reclaim clears " +
    "entries of a whole batch and flushes TLBs once. A CPU that drops a page itself must read zero afterwards, even if another CPU " +
    "cleared the entry.",
  ...dropRace((page) => `0 madvise ${page} 1 dontneed\n0 expect ${page} 0`),
  boot: { memory: 4096 * 4096, swap: 512 * 4096 },
  others: Array(6).fill("reclaim 64").join("\n"),
};
