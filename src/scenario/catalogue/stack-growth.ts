import type { Scenario } from "../scenario.js";

export const stackGrowth: Scenario = {
  name: "stack-growth",
  title: "Threads let a stack grow, and it has no anon_vma yet",
  story:
    "A mapping that grows downwards was never written. Several threads fault below it, so that it grows, and grows " +
    "again, while others make its first faults, a child inherits it, and scanners look up its pages, whose offsets the " +
    "growth must not change.",
  source:
    "the calls that Linus Torvalds' patch of 7 April 2010 takes out of expand_upwards and expand_downwards",
  watch: ["I5", "I11"],
  setup: `
    0 mmap 200 8 rw private anon stack
    0 mmap 600 8 rw private anon stack`,
  cpus: [
    `0 write 199 1
     0 write 206 2
     0 write 190 3
     0 write 599 9`,
    `0 write 198 4
     0 write 195 5
     0 write 580 6`,
    `0 write 207 7
     0 fork 1
     1 write 180 8
     1 exit`,
    "scan 3",
  ],
  finish: `
    0 expect 199 1
    0 expect 206 2
    0 expect 190 3
    0 expect 198 4
    0 expect 195 5
    0 expect 580 6
    0 expect 207 7
    0 expect 599 9`,
};
