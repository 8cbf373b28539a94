import type { Scenario } from "../scenario.js";

/** Each of some pages once. */
const each = (text: (page: number) => string): string =>
  Array.from({ length: 6 }, (_, page) => text(page)).join("\n");

/** Stores to each page until the TLB knows it, and once more; has the pages dropped, and looks at them in another mapping. */
const turn = (value: number): string => `
     ${each((page) => `0 write ${page} ${value}`)}
     ${each((page) => `0 write ${page} ${value}`)}
     ${each((page) => `0 write ${page} ${value + 1}`)}
     ${each((page) => `0 write ${page} ${value + 2}`)}
     reclaim 16
     ${each((page) => `0 expect ${100 + page} ${value + 2}`)}`;

export const zapWriteback: Scenario = {
  name: "zap-writeback",
  title: "A file's page is unmapped and written back while another CPU stores to it",
  story:
    "One CPU stores to shared pages of a file, through its TLB where it can; then it has them reclaimed and reads them " +
    "anew by another mapping. A second one takes the entries away again and again, a third one writes dirty pages " +
    "back. A store that the process has made must not be lost.",
  source:
    "Linus Torvalds, Linux 1cf35d47712d, April 2014; Dave Hansen and Peter Zijlstra, linux-mm, 22 April 2014",
  watch: ["I12"],
  boot: { memory: 160 * 4096 },
  setup: `
    0 mmap 0 6 rw shared file 0
    0 mmap 100 6 r shared file 0`,
  cpus: [
    [10, 20, 30, 40].map(turn).join(""),
    Array(40).fill("0 madvise 0 6 dontneed").join("\n"),
    Array(40).fill("writeback 8").join("\n"),
  ],
  others: Array(20).fill("writeback 8").join("\n"),
};
