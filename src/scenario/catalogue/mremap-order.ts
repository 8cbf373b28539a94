import type { Scenario } from "../scenario.js";

export const mremapOrder: Scenario = {
  name: "mremap-order",
  title: "A page moves to a mapping that the walk has passed already",
  story:
    "The upper part of a mapping moves away and back again. On the way back it merges with the lower part, so that the " +
    "destination stands before the source in the anon_vma's tree. Other CPUs move the pages to other frames: a walk that " +
    "visits the destination before an entry arrives there, and the source after it left, misses it.",
  source:
    "Michel Lespinasse, Linux 38a76013ad80, October 2012; Kirill Shutemov, Linux dd18dbc2d42a, May 2014",
  watch: ["I11"],
  setup: `
    0 mmap 0 16 rw private anon
    0 touch 0 16 w`,
  cpus: [
    `0 mremap 4 12 12 104
     0 mremap 104 12 12 4`,
    "0 migrate 104 12",
    "0 migrate 104 12",
  ],
  others: "0 migrate 104 12",
  repeat: 12,
};
