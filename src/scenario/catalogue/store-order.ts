import type { Scenario } from "../scenario.js";

export const storeOrder: Scenario = {
  name: "store-order",
  title: "The anon_vma is seen before what was stored in it",
  story:
    "One CPU makes an anon_vma and stores its address in the mapping; a second reads it there and stores it in a page; " +
    "a third reads it from the page and reads the anon_vma. It sees the first CPU's stores only because of the order of those stores and " +
    "of its own loads. On worker CPUs these accesses are " +
    "sequentially consistent, so it always sees them. Only exploration can show what a weaker machine does.",
  source:
    "Nick Piggin, “mm: fix anon_vma races”, linux-mm, 16 October 2008; with three CPUs 18 October, 01:53",
  watch: ["I2"],
  setup: "0 mmap 0 2 rw private anon",
  cpus: ["0 write 0 1", "0 write 1 2", "scan 1"],
};
