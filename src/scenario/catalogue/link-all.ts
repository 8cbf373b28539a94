import type { Scenario } from "../scenario.js";

/** Where a mapping that the child inherits begins; a new one of four pages lies behind each. */
const places = Array.from({ length: 8 }, (_, i) => i * 16);
const lines = (one: (page: number) => string) => places.map(one).join("\n");

export const linkAll: Scenario = {
  name: "link-all",
  title: "Threads make the first faults of a mapping beside a fork child's",
  story:
    "Beside mappings that a child has from its parent, each linked to two anon_vmas, lie new ones without any. Several " +
    "threads make the first faults in the same new mapping. It may take over the neighbour's links, but only one of the " +
    "threads may make them, each link needs memory, and the mmap lock is held for reading only.",
  source:
    "Linus Torvalds' answer to Rik van Riel's “[PATCH -v2] rmap: make anon_vma_prepare link in all the anon_vmas of a mergeable VMA”, 7 April 2010",
  watch: ["I1", "I6"],
  setup: `
    ${lines((page) => `0 mmap ${page} 4 rw private anon\n0 write ${page} 1`)}
    0 fork 1
    ${lines((page) => `1 mmap ${page + 4} 4 rw private anon`)}`,
  cpus: [
    lines((page) => `1 write ${page + 4} 2`),
    lines((page) => `1 write ${page + 5} 3`),
    lines((page) => `1 write ${page + 6} 4`),
    "scan 2",
  ],
  finish: lines(
    (page) => `1 expect ${page} 1\n1 expect ${page + 4} 2\n1 expect ${page + 5} 3\n1 expect ${page + 6} 4`,
  ),
};
