import type { Scenario } from "../scenario.js";

const writes = Array.from({ length: 6 }, (_, page) => `0 write ${page} ${page + 1}`).join("\n");

export const munlockPutback: Scenario = {
  name: "munlock-putback",
  title: "A page is unlocked from memory while reclaim puts it back on a list",
  story:
    "Reclaim found that a page is locked in memory, marked it and puts it back, on the list that nobody scans. Meanwhile " +
    "munlock takes the mark away. The mark names the list, so that it may change only under the list's lock, or in one " +
    "step with the look that the page is on no list.",
  source: "the flags of a page and its list, as in Linux's munlock_folio() and move_folios_to_lru()",
  watch: ["I14"],
  boot: { memory: 160 * 4096, swap: 64 * 4096 },
  setup: `
    0 mmap 0 6 rw private anon
    ${writes}`,
  cpus: [
    `${writes}
     reclaim 0
     0 mlock 0 6
     reclaim 6
     0 munlock 0 6
     0 mlock 0 6
     0 munlock 0 6`,
    "reclaim 6\nreclaim 6\nreclaim 6",
    "reclaim 6\nreclaim 6\nreclaim 6",
  ],
  others: "reclaim 6",
  repeat: 4,
};
