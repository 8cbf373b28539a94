import type { Scenario } from "../scenario.js";

/** Each of some pages once. */
const each = (text: (page: number) => string): string =>
  Array.from({ length: 16 }, (_, page) => text(page)).join("\n");

const reclaims = Array(8).fill("reclaim 12").join("\n");

export const mremapStale: Scenario = {
  name: "mremap-stale",
  title: "A page that was moved is freed while another CPU remembers its old address",
  story:
    "One CPU moves the upper parts of two mappings, one of them of a file, away and back. Another one stores and reads " +
    "there, at the old and at the new addresses, through its TLB. The others reclaim pages: a page that they unmap at " +
    "its new address and free must not be reachable by the old one any more.",
  source:
    "Jann Horn; Linus Torvalds, Linux eb66ae030829, “mremap: properly flush TLB before releasing the page”, October 2018; CVE-2018-18281",
  watch: ["I12"],
  boot: { memory: 160 * 4096, swap: 64 * 4096 },
  setup: `
    0 mmap 0 18 rw private anon
    0 touch 0 18 w
    0 mmap 20 18 r shared file 0
    0 touch 20 18 r`,
  cpus: [
    `0 mremap 22 16 16 122
     0 mremap 2 16 16 102
     0 mremap 102 16 16 2
     0 mremap 122 16 16 22`,
    `${each((page) => `0 write ${2 + page} 5`)}
     ${each((page) => `0 read ${22 + page}`)}
     ${each((page) => `0 write ${2 + page} 6`)}
     ${each((page) => `0 read ${22 + page}`)}
     ${each((page) => `0 write ${2 + page} 7`)}
     reclaim 0`,
    reclaims,
  ],
  others: reclaims,
  repeat: 4,
};
