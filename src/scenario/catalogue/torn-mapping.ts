import type { Scenario } from "../scenario.js";

export const tornMapping: Scenario = {
  name: "torn-mapping",
  title: "A page's owner is stored while someone without the page lock reads it",
  story:
    "Stores of a child take pages over and give them another owner: the mapping word of a page changes from one tagged " +
    "pointer to another. The scanners do not lock the page, as page_referenced() did not for anonymous pages: they see " +
    "that the page is anonymous, and a moment later use the word once more.",
  source:
    "Vladimir Davydov, “rmap: fix theoretical race between do_wp_page and shrink_active_list”, 12 May 2015",
  watch: ["I9"],
  setup: `
    0 mmap 0 12 rw private anon
    0 touch 0 12 w`,
  cpus: [
    `0 fork 1
     0 madvise 0 12 dontneed
     1 touch 0 12 w
     1 exit
     0 touch 0 12 w`,
    "scan 3 unlocked",
    "scan 3 unlocked",
  ],
  others: "scan 2 unlocked",
  repeat: 4,
};
