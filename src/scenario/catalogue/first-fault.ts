import type { Scenario } from "../scenario.js";

export const firstFault: Scenario = {
  name: "first-fault",
  title: "First faults in neighbouring mappings under a scanner",
  story:
    "A process forks. In parent and child several CPUs make the first faults of mappings that lie side by side, so that " +
    "each gives a mapping its anon_vma, takes that of a neighbour, or finds that another CPU was faster; meanwhile a " +
    "scanner looks up the owner of every page that appears.",
  source: "Nick Piggin, “mm: fix anon_vma races”, linux-mm, 16 October 2008",
  watch: ["I1", "I2", "I5"],
  setup: `
    0 mmap 0 4 rw private anon
    0 mmap 8 4 rw private anon
    0 touch 8 2 w
    0 fork 1
    1 write 8 208
    0 mmap 4 4 r private anon
    0 mprotect 4 4 rw
    1 mmap 16 4 rw private anon
    1 mmap 20 4 none private anon
    1 mprotect 20 4 rw`,
  cpus: [
    `0 write 0 100
     0 write 4 104
     1 write 16 116
     1 write 20 120`,
    `0 write 5 105
     0 write 1 101
     1 write 21 121
     1 write 17 117
     scan 1`,
    `scan 2`,
  ],
  finish: `
    0 expect 0 100
    0 expect 1 101
    0 expect 4 104
    0 expect 5 105
    1 expect 8 208
    1 expect 16 116
    1 expect 17 117
    1 expect 20 120
    1 expect 21 121`,
};
