import type { Scenario } from "../scenario.js";

export const unlinkSurvivor: Scenario = {
  name: "unlink-survivor",
  title: "A mapping survives the move of its pages and faults again",
  story:
    "mremap moves the pages of a mapping and keeps the mapping (MREMAP_DONTUNMAP); the source is unlinked from its " +
    "anon_vma. The destination goes, and with it the anon_vma. Then the source is touched again: it must get an anon_vma " +
    "as if it were new. Other CPUs look up every page meanwhile.",
  source:
    "Linux 3fe89b3e2a77, March 2015, and the comment in unlink_anon_vmas() of Linux 6.18 about a vma that is needed after unlink",
  watch: ["I5", "I10"],
  setup: "0 mmap 0 4 rw private anon",
  cpus: [
    `0 touch 0 4 w
     0 mremap 0 4 4 100 keep
     0 munmap 100 4
     0 write 0 5
     0 write 1 6
     0 expect 0 5
     0 munmap 0 4
     0 mmap 0 4 rw private anon`,
    "scan 2",
    "scan 2",
  ],
  others: "scan 2",
  repeat: 3,
};
