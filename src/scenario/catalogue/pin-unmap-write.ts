import type { Scenario } from "../scenario.js";

/** The child's part for one page: pin it, unmap it, let the parent write, look through the pin. */
const part = (page: number): string => `
    1 hold ${page} r
    1 munmap ${page} 1
    0 write ${page} ${100 + page}
    1 release ${page + 1}`;

export const pinUnmapWrite: Scenario = {
  name: "pin-unmap-write",
  title: "A child pins a shared page, unmaps it, and the parent writes",
  story:
    "Parent and child share pages. The child pins one for reading, as vmsplice does, and unmaps it: now the parent is the " +
    "only one that maps it, and stores its secret. The child looks at the page through its pin, where the old content " +
    "must still stand. Other CPUs look up every page meanwhile.",
  source: "Jann Horn; Linus Torvalds, Linux 17839856fd58, June 2020; CVE-2020-29374",
  watch: ["I13"],
  setup: `
    0 mmap 0 4 rw private anon
    0 write 0 1
    0 write 1 2
    0 write 2 3
    0 write 3 4
    0 fork 1`,
  cpus: [[0, 1, 2, 3].map(part).join(""), "scan 2", "scan 2"],
  others: "scan 2",
  finish: "0 expect 3 103",
};
