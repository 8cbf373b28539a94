import type { Scenario } from "../scenario.js";

/** Stores twice to the same page, lets it be dropped, and looks at it in another mapping. */
const stores = Array.from(
  { length: 8 },
  (_, i) => `
     0 write 0 ${10 * i + 1}
     0 write 0 ${10 * i + 2}
     0 write 0 ${10 * i + 3}
     0 write 0 ${10 * i + 4}
     reclaim 8
     0 expect 100 ${10 * i + 4}`,
).join("");

export const zapWriteback: Scenario = {
  name: "zap-writeback",
  title: "A file's page is unmapped and written back while another CPU stores to it",
  story:
    "One CPU stores to a shared page of a file, through its TLB where it can; then it has the page reclaimed and reads it " +
    "anew by another mapping. A second one takes the page's entry away again and again, a third one writes dirty pages " +
    "back. A store that the process has made must not be lost.",
  source:
    "Linus Torvalds, Linux 1cf35d47712d, April 2014; Dave Hansen and Peter Zijlstra, linux-mm, 22 April 2014",
  watch: ["I12"],
  boot: { memory: 160 * 4096 },
  setup: `
    0 mmap 0 1 rw shared file 0
    0 mmap 100 1 r shared file 0`,
  cpus: [
    stores,
    Array(40).fill("0 madvise 0 1 dontneed").join("\n"),
    Array(40).fill("writeback 4").join("\n"),
  ],
  others: Array(20).fill("writeback 4").join("\n"),
};
