import type { Scenario } from "../scenario.js";

/** Each page once. */
const each = (text: (page: number) => string): string =>
  Array.from({ length: 6 }, (_, page) => text(page)).join("\n");

export const reclaimBatch: Scenario = {
  name: "reclaim-batch",
  title: "Memory becomes read-only while reclaim has unmapped it and not flushed yet",
  story:
    "One CPU stores to pages until its TLB knows them, makes them read-only and tries to store once more: that must fail. " +
    "The others reclaim the pages meanwhile, which unmaps several before it flushes: an entry that is gone does not mean " +
    "that no TLB remembers it.",
  source: "Nadav Amit; Mel Gorman, Linux 3ea277194daa, July 2017",
  watch: ["I12"],
  boot: { memory: 160 * 4096, swap: 64 * 4096 },
  setup: `
    0 mmap 0 6 rw private anon
    ${each((page) => `0 write ${page} 1`)}`,
  cpus: [
    `${each((page) => `0 write ${page} 1`)}
     reclaim 0
     ${each((page) => `0 write ${page} 1`)}
     ${each((page) => `0 write ${page} 1`)}
     0 mprotect 0 6 r
     ${each((page) => `0 write ${page} 99`)}
     0 mprotect 0 6 rw
     ${each((page) => `0 expect ${page} 1`)}`,
    "reclaim 6\nreclaim 6",
    "reclaim 6\nreclaim 6",
  ],
  others: "reclaim 6",
  repeat: 4,
};
