import type { Scenario } from "../scenario.js";

export const reuseTwice: Scenario = {
  name: "reuse-twice",
  title: "An old anon_vma is reused for two mappings with different ancestors",
  story:
    "A chain of forks in which the middle ones exit leaves an anon_vma that nobody uses. A process splits its mapping and " +
    "forks: the first child occupies that anon_vma, so the second one's two halves get their own. The first child exits, " +
    "the second one forks, and both halves of the grandchild find the old anon_vma free. They become one mapping again; " +
    "their owner exits. Other CPUs look up every page meanwhile.",
  source:
    "Jann Horn, Linux 2555283eb40d, “mm/rmap: Fix anon_vma->degree ambiguity leading to double-reuse”, September 2022",
  watch: ["I5", "I6", "I10"],
  setup: `
    0 mmap 0 2 rw private anon
    0 write 0 1
    0 write 1 2
    0 fork 1
    1 fork 2
    1 exit
    2 fork 3
    2 exit
    3 mprotect 1 1 r
    3 fork 4
    3 fork 5
    4 exit
    5 mprotect 1 1 rw
    5 write 0 8
    5 write 1 9`,
  cpus: [
    `5 fork 6
     6 mprotect 0 1 r
     6 mprotect 0 1 rw
     5 exit
     reclaim 2`,
    "scan 2",
    "scan 2",
  ],
  others: "scan 2",
  finish: `
    6 expect 0 8
    6 expect 1 9`,
};
