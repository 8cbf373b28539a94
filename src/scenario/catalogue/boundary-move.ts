import type { Scenario } from "../scenario.js";

export const boundaryMove: Scenario = {
  name: "boundary-move",
  title: "mprotect moves the border between two mappings, one of which has no anon_vma",
  story:
    "Two mappings lie side by side. One has pages, the other was never written. A change of protection gives " +
    "some pages of the one to the other, below or above. Scanners look those pages up; then the mapping that they were " +
    "in goes.",
  source: "Linux “vma_adjust: fix the copying of anon_vma chains”, Linus Torvalds, 12 April 2010",
  watch: ["I5"],
  setup: `
    0 mmap 4 4 rw private anon
    0 write 4 1
    0 write 5 2
    0 mprotect 4 4 r
    0 mmap 0 4 rw private anon
    0 mmap 20 4 rw private anon
    0 write 22 3
    0 write 23 4
    0 mprotect 20 4 r
    0 mmap 24 4 rw private anon`,
  cpus: [
    `0 mprotect 4 1 rw
     0 munmap 5 3`,
    `0 mprotect 23 1 rw
     0 munmap 20 3`,
    "scan 2",
  ],
  finish: `
    0 expect 4 1
    0 expect 23 4`,
};
