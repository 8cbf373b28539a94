import type { Scenario } from "../scenario.js";

export const pageMoved: Scenario = {
  name: "page-moved",
  title: "A page moves to a child's anon_vma while it is looked up",
  story:
    "A parent forks and forgets its pages; each store of the child then takes a page over and moves it from the parent's " +
    "anon_vma to the child's. Two other CPUs look up the owner of every page all the time, without the page lock, as " +
    "Linux did for anonymous pages. They may still use the anon_vma that the page has just left.",
  source:
    "Peter Zijlstra and Hugh Dickins, “mm, rmap: Add yet more comments to page_get_anon_vma/page_lock_anon_vma”, 29 May 2011",
  watch: ["I1", "I3", "I5", "I8"],
  setup: `
    0 mmap 0 12 rw private anon
    0 touch 0 12 w`,
  cpus: [
    `0 fork 1
     0 madvise 0 12 dontneed
     1 write 0 7
     1 write 1 7
     1 touch 2 4 w
     1 munmap 0 2
     1 touch 2 8 w
     1 exit
     0 touch 0 12 w`,
    "scan 3 unlocked",
    "scan 3 unlocked",
  ],
  others: "scan 2 unlocked",
  repeat: 4,
};
