import type { Scenario } from "../scenario.js";

/** One operation a mapping, for mappings of one page with a hole between them. */
const each = (text: (page: number) => string): string =>
  Array.from({ length: 12 }, (_, i) => text(2 * i)).join("\n");

export const pinOutlives: Scenario = {
  name: "pin-outlives",
  title: "A page is moved to another frame while its mapping goes",
  story:
    "A child is alone with mappings that it got from its parent, each with an anon_vma of its own below a root that " +
    "nobody else uses any more. One CPU moves the pages to other frames: it pins a page's anon_vma, unmaps the page and " +
    "walks the anon_vma again. Another CPU unmaps the mappings meanwhile: the pin is then all that keeps anon_vma and root.",
  source:
    "Hugh Dickins, mail of 29 May 2011 (“there is some ref-counting, which may hold any anon_vma for a while”); Linux dc386d4d1e98, 76545066c852, 1ce82b69e96c, 624483f3ea82",
  watch: ["I3", "I5", "I11"],
  setup: `
    ${each((page) => `0 mmap ${page} 1 rw private anon`)}
    0 touch 0 1 w
    ${each((page) => `0 write ${page} 7`)}
    0 fork 1
    0 munmap 0 24
    ${each((page) => `1 write ${page} 9`)}`,
  cpus: [each((page) => `1 munmap ${page} 1`), each((page) => `1 migrate ${page} 1`)],
  others: "scan 1",
};
