import type { Scenario } from "../scenario.js";

export const freshIsNotFresh: Scenario = {
  name: "fresh-is-not-fresh",
  title: "A new anon_vma was another page's a moment ago",
  story:
    "A scanner has found a mapped page and is about to lock its anon_vma. Meanwhile the mapping goes, and the anon_vma " +
    "with it: its slab hands the same object out again at once, to the next mapping of the same CPU. The scanner takes " +
    "the lock of whatever the object is by now, and walks the list. The new owner believes its object is new, and adds to the list at the same time.",
  source:
    "Linus Torvalds and Nick Piggin in “mm: fix anon_vma races”, linux-mm, 18 October 2008, 02:11 and 02:25",
  watch: ["I1", "I4"],
  boot: { memory: 160 * 4096 },
  setup: "0 fork 1",
  cpus: [
    `0 mmap 0 12 rw private anon
     0 touch 0 12 w
     0 munmap 0 12`,
    "scan 2",
    `1 mmap 0 12 rw private anon
     1 touch 0 12 w
     1 munmap 0 12`,
    "scan 2",
  ],
  repeat: 40,
};
