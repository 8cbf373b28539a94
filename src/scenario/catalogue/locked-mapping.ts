import type { Scenario } from "../scenario.js";

export const lockedMapping: Scenario = {
  name: "locked-mapping",
  title: "A page's owner is stored while someone with the page lock reads it",
  story:
    "The race of `torn-mapping`, with scanners that take the page lock first, as Linux does since 6.19. A CPU that stores the " +
    "mapping word holds it as well, so it does not matter how many steps the store takes.",
  source: "Linux v6.19, folio_referenced(); the alternative to the fix of 12 May 2015",
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
    "scan 3",
    "scan 3",
  ],
  others: "scan 2",
  repeat: 4,
};
