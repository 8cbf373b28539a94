import type { Scenario } from "../scenario.js";

export const shortChain: Scenario = {
  name: "short-chain",
  title: "A fork child's mapping lends its anon_vma to a new neighbour, and they merge",
  story:
    "A child has a mapping with pages that are still its parent's. A new mapping beside it takes the child's anon_vma at " +
    "its first fault, without the link to the parent's. Now the two look alike, and a change of protection merges the " +
    "old one into the new. The parent exits, and scanners look up the pages that it leaves to the child.",
  source:
    "Linux d0e9fe1758f2 “Simplify and comment on anon_vma re-use for anon_vma_prepare()”, Linus Torvalds, 12 April 2010",
  watch: ["I5", "I6"],
  setup: `
    0 mmap 10 4 rw private anon
    0 write 10 1
    0 write 11 2
    0 fork 1`,
  cpus: [
    `1 mmap 14 4 rw private anon
     1 write 14 3
     1 mprotect 10 4 r
     1 mprotect 10 4 rw`,
    "0 exit",
    "scan 2",
  ],
  finish: `
    1 expect 10 1
    1 expect 11 2
    1 expect 14 3`,
};
