import type { Scenario } from "../scenario.js";

const writes = Array.from({ length: 8 }, (_, page) => `0 write ${page} ${page}`).join("\n");
const pins = Array.from({ length: 8 }, (_, page) => `0 hold ${page} w\n0 release`).join("\n");

export const exposedPage: Scenario = {
  name: "exposed-page",
  title: "A fast pin finds a page in the moment when it is first mapped",
  story:
    "One CPU stores to new pages and gives them up again. Others pin the pages by the fast way, which takes no lock: it " +
    "reads the entry, takes a reference and reads the entry again. What it gets must be a page that is ready.",
  source: "“mm: don't expose page to fast gup before it's ready”, linux-mm, January 2018",
  watch: ["I5"],
  setup: "0 mmap 0 8 rw private anon",
  cpus: [
    `${writes}
     0 madvise 0 8 dontneed
     ${writes}
     0 madvise 0 8 dontneed`,
    pins,
    pins,
  ],
  others: pins,
  repeat: 3,
};
