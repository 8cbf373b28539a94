import type { Scenario } from "../scenario.js";

/** Mappings, each with an anon_vma of its own: enough to fill several pages of the slab. */
const MAPPINGS = 200;
const pages = Array.from({ length: MAPPINGS }, (_, i) => i * 2);

export const slabPageGivenBack: Scenario = {
  name: "slab-page-given-back",
  title: "A page outlives its anon_vma, and the memory that the anon_vma was in",
  story:
    "A device holds a page whose process has exited: the page is mapped nowhere, and its mapping still names the " +
    "anon_vma, which was freed. All others in that page of the slab were freed too, so the slab gave the page back, " +
    "and after a grace period it is something else. Then a scanner comes upon the page.",
  source: "Hugh Dickins in “mm: fix anon_vma races”, linux-mm, 20 October 2008, 03:26 and 04:03",
  watch: ["I3"],
  setup: `
    0 fork 1
    ${pages.map((page) => `1 mmap ${page} 1 rw private anon\n1 write ${page} 1`).join("\n")}
    1 hold ${MAPPINGS} w
    1 exit
    0 mmap 0 4 rw private anon
    0 write 0 1
    0 write 1 1
    0 write 2 1
    0 write 3 1`,
  cpus: ["scan 1", "scan 1", "0 fork 2\n2 write 0 5\n2 exit"],
};
