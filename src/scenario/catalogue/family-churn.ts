import type { Scenario } from "../scenario.js";

export const familyChurn: Scenario = {
  name: "family-churn",
  title: "A family forks, copies, splits, moves, swaps and exits under scanners",
  story:
    "Parent, child and grandchild share pages. At the same time mappings are split and merged again, moved and unmapped, " +
    "pages are copied, swapped out and moved to other frames, and relatives exit, while scanners look up who maps what. " +
    "Every page must be found by its reverse map, and no owner be freed before its pages.",
  source: "the life of an anon_vma as Hugh Dickins tells it, linux-mm, 20 October 2008, 04:03",
  watch: ["I5", "I6", "I11", "I13"],
  boot: { memory: 192 * 4096, swap: 256 * 4096 },
  setup: `
    0 mmap 0 8 rw private anon
    0 write 0 10
    0 write 1 11
    0 write 2 12
    0 write 3 13
    0 fork 1
    1 write 1 21`,
  cpus: [
    `0 fork 2
     2 write 0 30
     2 expect 0 30
     2 expect 1 11
     2 mprotect 2 2 r
     2 mprotect 2 2 rw
     2 exit`,
    `1 mprotect 0 2 r
     1 expect 1 21
     1 expect 0 10
     1 mprotect 0 2 rw
     1 mremap 2 2 2 20
     1 expect 20 12
     1 mremap 20 2 2 2
     1 munmap 4 4
     1 mmap 4 4 rw private anon
     1 touch 4 4 w`,
    `reclaim 16
     scan 2
     0 migrate 0 4`,
    `scan 2
     0 write 4 40
     0 expect 3 13
     0 madvise 4 2 dontneed`,
  ],
  others: "scan 1",
  repeat: 3,
  finish: `
    0 expect 0 10
    0 expect 1 11
    0 expect 2 12
    0 expect 3 13
    1 expect 0 10
    1 expect 1 21
    1 expect 2 12`,
};
