import type { Scenario } from "../scenario.js";

export const ksmExit: Scenario = {
  name: "ksm-exit",
  title: "The last address space leaves the scanner's list while the scanner begins",
  story:
    "A child asks for merging, which puts it on the scanner's list, and exits, which takes it off: the list is empty " +
    "again. Meanwhile another CPU scans: it may see the list with the child on it, and empty when it takes the first one.",
  source:
    "Linux 2b472611a32a, “ksm: fix NULL pointer dereference in scan_get_next_rmap_item()”, June 2011; CVE-2011-2183",
  watch: ["I3"],
  setup: "0 mmap 0 2 rw private anon",
  cpus: [
    `0 fork 1
     1 madvise 0 1 mergeable
     1 exit`,
    "ksm",
    `0 fork 2
     2 madvise 0 1 mergeable
     2 exit`,
  ],
  others: "ksm",
  repeat: 6,
};
