import type { Scenario } from "../scenario.js";

export const ksmUnlocked: Scenario = {
  name: "ksm-unlocked",
  title: "A page becomes a merged page while someone without the page lock looks at it",
  story:
    "Equal pages are merged, and stores of the same value make them private again. The scanners hold a reference of the " +
    "page that they look at, but not the page lock; they skip merged pages, for which the walk expects it. So no page may " +
    "become a merged one after that look; the reference was thought to prevent it.",
  source: "Minchan Kim, review of “rmap: fix theoretical race …”, 12 May 2015",
  watch: ["I5", "I13"],
  notOnMainline:
    "since Linux 6.19 whoever walks an anonymous page locks it; without the lock the argument of 2015 has a gap",
  setup: `
    0 mmap 0 4 rw private anon
    0 madvise 0 4 mergeable
    0 write 0 7
    0 write 1 7
    0 write 2 7
    0 write 3 7`,
  cpus: [
    `ksm
     0 write 0 7
     0 write 1 7
     0 write 2 7
     0 write 3 7`,
    "scan 3 unlocked",
    "scan 3 unlocked",
  ],
  others: "scan 2 unlocked",
  repeat: 4,
  finish: `
    0 expect 0 7
    0 expect 1 7
    0 expect 2 7
    0 expect 3 7`,
};
