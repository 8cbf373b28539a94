import type { Scenario } from "../scenario.js";

export const sharedSwapIn: Scenario = {
  name: "shared-swap-in",
  title: "Relatives bring a page back that they share, and the youngest comes first",
  story:
    "Pages that parent, child and grandchild share were swapped out. Each process brings them back by reading. The process that comes " +
    "first decides to which anon_vma the page belongs, and the others map the same page. Then the young ones exit, and " +
    "the pages are looked up, and reclaimed again.",
  source:
    "Linux “anonvma: when setting up page->mapping, we need to pick the _oldest_ anonvma”, Linus Torvalds, 12 April 2010",
  watch: ["I5", "I7", "I11"],
  boot: { memory: 128 * 4096, swap: 64 * 4096 },
  setup: `
    0 mmap 0 4 rw private anon
    0 write 0 1
    0 write 1 2
    0 write 2 3
    0 write 3 4
    0 fork 1
    1 fork 2
    reclaim 128
    reclaim 128`,
  cpus: [
    `2 read 0
     2 read 1
     2 read 2
     2 read 3`,
    `1 read 3
     1 read 2
     1 read 1
     1 read 0`,
    `0 read 2
     0 read 3
     0 read 0
     0 read 1`,
    "scan 2",
  ],
  finish: `
    check
    2 exit
    1 exit
    scan 1
    reclaim 8
    0 expect 0 1
    0 expect 1 2
    0 expect 2 3
    0 expect 3 4`,
};
