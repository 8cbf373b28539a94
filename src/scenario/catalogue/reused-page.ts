import type { Scenario } from "../scenario.js";

export const reusedPage: Scenario = {
  name: "reused-page",
  title: "A page is freed, and used for something else, while its anon_vma is locked",
  story:
    "A scanner that holds no reference to the page it looks at reads its mapping and locks the anon_vma named there. " +
    "Meanwhile the page is freed, which clears its mapping, and maybe it belongs to another mapping by now.",
  source:
    "Nick Piggin's patch and Linus Torvalds' answer in “mm: fix anon_vma races”, linux-mm, 18 October 2008, 02:25 and 02:53",
  watch: ["I4", "I14"],
  setup: "0 fork 1",
  cpus: [
    `0 mmap 0 2 rw private anon
     0 write 0 1
     0 write 1 1
     0 munmap 0 2`,
    `1 mmap 0 2 rw private anon
     1 write 0 1
     1 write 1 1
     1 munmap 0 2`,
    "scan 2 unheld",
    "scan 2 unheld",
  ],
  repeat: 40,
  notOnMainline:
    "a scanner without a reference may look at a page only where the lock is in the anon_vma itself",
};
