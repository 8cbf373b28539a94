import type { Scenario } from "../scenario.js";

/** Mappings of two pages each, apart from one another: none can take a neighbour's anon_vma. */
const FIRST_PAGES = Array.from({ length: 12 }, (_, i) => i * 4);

export const publishBeforeLink: Scenario = {
  name: "publish-before-link",
  title: "Two threads make the first faults of a mapping, and a third CPU looks at the page",
  story:
    "Two threads write to two pages of a mapping that has no anon_vma. One allocates it and makes it known; the other " +
    "finds it known, maps its page and lets it be found. A third CPU gets hold of that page and walks the list of the " +
    "anon_vma, to which the first thread may be adding the mapping at this moment, or has not added it yet.",
  source: "Nick Piggin, “mm: fix anon_vma races”, linux-mm, 16 October 2008",
  watch: ["I1", "I5"],
  setup: FIRST_PAGES.map((page) => `0 mmap ${page} 2 rw private anon`).join("\n"),
  cpus: [
    FIRST_PAGES.map((page) => `0 write ${page} ${page}`).join("\n"),
    FIRST_PAGES.map((page) => `0 write ${page + 1} ${page}`).join("\n"),
    "scan 3",
    "scan 3",
  ],
  finish: FIRST_PAGES.map((page) => `0 expect ${page} ${page}\n0 expect ${page + 1} ${page}`).join("\n"),
};
