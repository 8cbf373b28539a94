import type { Scenario } from "../scenario.js";

export const ksmLocked: Scenario = {
  name: "ksm-locked",
  title: "A page becomes a merged page while someone with the page lock looks at it",
  story:
    "The race of `ksm-unlocked`, with scanners that take the page lock first, as Linux does since 6.19: merging needs it " +
    "as well, so a page stays what the scanner found.",
  source: "Linux v6.19, folio_referenced(); the question is Minchan Kim's of 12 May 2015",
  watch: ["I5", "I13"],
  setup: `
    0 mmap 0 4 rw private anon
    0 madvise 0 4 mergeable
    0 write 0 7
    0 write 1 7
    0 write 2 7
    0 write 3 7`,
  cpus: [
    `ksm
     0 write 0 7
     0 write 1 7
     0 write 2 7
     0 write 3 7`,
    "scan 3",
    "scan 3",
  ],
  others: "scan 2",
  repeat: 4,
  finish: `
    0 expect 0 7
    0 expect 1 7
    0 expect 2 7
    0 expect 3 7`,
};
