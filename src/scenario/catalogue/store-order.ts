import type { Scenario } from "../scenario.js";

export const storeOrder: Scenario = {
  name: "store-order",
  title: "The anon_vma is seen before what was stored in it",
  story:
    "One CPU makes an anon_vma and stores its address in the mapping; a second reads it there and stores it in a page; " +
    "a third reads it from the page and looks into the anon_vma. Nothing but the order of the first CPU's stores, and " +
    "of the third one's loads, says that it finds there what the first one made. On worker CPUs these accesses are " +
    "sequentially consistent, so it always does: what a weaker machine shows only exploration can.",
  source:
    "Nick Piggin, “mm: fix anon_vma races”, linux-mm, 16 October 2008; with three CPUs 18 October, 01:53",
  watch: ["I2"],
  setup: "0 mmap 0 2 rw private anon",
  cpus: ["0 write 0 1", "0 write 1 2", "scan 1"],
};
