/**
 * Families of meetings: a CPU uses pages, or changes them itself, while another one makes each of the changes that are in a
 * table.
 */

import type { MeetingText } from "./meeting-text.js";
import { EQUAL } from "./rooms.js";

const USED = `${EQUAL}; 0 mmap 8 2 rw shared file 0; 0 write 8 1; reclaim 0`;

/** What page 0, which both CPUs work on, and page 1, which one of them reads, may hold in the end. */
interface Change {
  readonly does: string;
  readonly page0?: string;
  readonly page1?: string;
  /** Where the two pages are then. Default: 0. */
  readonly at?: number;
}

/** Changes of pages that another CPU uses meanwhile: its TLB knows them. */
const CHANGES: Readonly<Record<string, Change>> = {
  merging: { does: "ksm" },
  dropping: { does: "0 madvise 0 2 dontneed", page0: "9 0", page1: "0" },
  "giving away": { does: "0 madvise 0 2 free", page0: "9 0", page1: "5 0" },
  "paging out": { does: "0 madvise 0 2 pageout" },
  reclaiming: { does: "reclaim 4; reclaim 4" },
  migrating: { does: "0 migrate 0 2; 0 migrate 8 2" },
  compacting: { does: "compact 8" },
  "writing back": { does: "writeback 4" },
  protecting: { does: "0 mprotect 0 2 r", page0: "9 5" },
  moving: { does: "0 mremap 0 2 2 16", page0: "9 5", at: 16 },
  forking: { does: "0 fork 3" },
  pinning: { does: "0 hold 0 r; 0 release; 0 hold 1 w; 0 release" },
  storing: { does: "0 write 0 6; 0 write 1 7", page0: "9 6", page1: "7" },
};

/** A CPU uses pages, alone or together with a child's, while another one changes them. */
export function uses(): [string, MeetingText][] {
  return Object.entries(CHANGES).flatMap(([name, { does, page0 = "9", page1 = "5", at = 0 }]) =>
    ["", "0 fork 1", "ksm; 0 fork 1"].map((before): [string, MeetingText] => {
      // The first store changes nothing but what the TLB knows.
      const use = "0 write 0 5; 0 write 0 9; 0 write 8 2; 0 read 1";
      const ends = [`0 expect ${at} ${page0}`, `0 expect ${at + 1} ${page1}`, "0 expect 2 5", "0 expect 8 2"];
      const child = ["1 expect 0 5", "1 expect 1 5", "1 expect 2 5"];
      const text = {
        setup: before === "" ? USED : `${USED}; ${before}`,
        cpus: [does, use],
        finish: (before === "" ? ends : [...ends, ...child]).join("; "),
      };
      return [`use and ${name}${before && `, after ${before}`}`, text];
    }),
  );
}

/** What a CPU does to its page, and must see then. Nobody else stores there. `drops`: another CPU may drop the page. */
const OWN: Readonly<Record<string, (drops: boolean) => string>> = {
  drops: () => "0 read 0; 0 madvise 0 1 dontneed; 0 expect 0 0",
  stores: (drops) => `0 read 0; 0 write 0 9; 0 expect 0 9${drops ? " 0" : ""}`,
  "gives away": (drops) => `0 read 0; 0 madvise 0 1 free; 0 write 0 9; 0 expect 0 9${drops ? " 0" : ""}`,
};

/** What another CPU does to the same page and its neighbours, and whether it drops them. */
const BESIDE: Readonly<Record<string, readonly [does: string, drops: boolean]>> = {
  dropping: ["0 madvise 0 4 dontneed", true],
  "giving away": ["0 madvise 0 4 free; reclaim 4", true],
  "paging out": ["0 madvise 0 4 pageout", false],
  reclaiming: ["reclaim 4; reclaim 4", false],
  migrating: ["0 migrate 0 4", false],
  merging: ["ksm; ksm", false],
  forking: ["0 fork 1", false],
};

/** Two CPUs change the same page. One of them remembers it, and looks when its own change is done. */
export function looks(): [string, MeetingText][] {
  return Object.entries(BESIDE).flatMap(([name, [does, drops]]) =>
    Object.entries(OWN).map(([own, uses]): [string, MeetingText] => [
      `who ${own} looks again, beside ${name}`,
      { setup: `${EQUAL}; reclaim 0`, cpus: [uses(drops), does] },
    ]),
  );
}
