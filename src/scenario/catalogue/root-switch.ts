import type { Scenario } from "../scenario.js";

export const rootSwitch: Scenario = {
  name: "root-switch",
  title: "An anon_vma is freed and reused under another root while it is looked up",
  story:
    "A mapping with an anon_vma of its own goes, and the next fork gets the same object for a child's mapping, under " +
    "another root. Other CPUs look up the owners of pages: one that read the root before and locks it now must notice, " +
    "and must release the lock that it took.",
  source:
    "Hugh Dickins, “mm: fix hang on anon_vma->root->lock”, 26 August 2010, and “mm: fix page_lock_anon_vma leaving mutex locked”, 28 May 2011",
  watch: ["I1", "I4"],
  boot: { memory: 128 * 4096 },
  setup: `
    0 mmap 0 1 rw private anon
    0 touch 0 1 w`,
  cpus: [
    `0 mmap 100 6 rw private anon
     0 touch 100 6 w
     0 munmap 100 6
     0 fork 1
     1 touch 0 1 w
     1 exit`,
    "scan 4 unlocked",
    "scan 4 unlocked",
  ],
  others: "scan 4 unlocked",
  repeat: 6,
};
