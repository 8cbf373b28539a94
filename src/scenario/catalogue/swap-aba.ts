import type { Scenario } from "../scenario.js";

/** Stores, pushes out, and looks at what was stored. Who faulted a page in must reclaim itself: the page is in that CPU's LRU batch. */
const stores = Array.from(
  { length: 12 },
  (_, i) => `0 write 0 ${i + 1}\nreclaim 1\n0 expect 0 ${i + 1}\nreclaim 1`,
).join("\n");
const reads = Array(12).fill("0 read 0\nreclaim 1").join("\n");

export const swapAba: Scenario = {
  name: "swap-aba",
  title: "A page goes out to the slot that it came from while a slow fault still reads that",
  story:
    "One CPU stores to a page and reads it back, others read it, and all push it out to swap again and again. A " +
    "fault may be so slow that the page comes in, changes and goes out to the same slot in the meantime. Then the entry is " +
    "the same again, but the content that the fault has read is old.",
  source:
    "Kairui Song, Linux 13ddaf26be32, “mm/swap: fix race when skipping swapcache”, February 2024; CVE-2024-26759",
  watch: [],
  boot: { content: "word", swap: 16 * 4096 },
  setup: `
    0 mmap 0 1 rw private anon
    0 write 0 1`,
  cpus: [stores, reads, reads],
  others: "0 read 0",
  repeat: 2,
};
