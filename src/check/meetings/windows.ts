/**
 * Meetings about narrow windows: a CPU looks at something, and before it acts, what it looked at goes, and something new
 * takes its place. One CPU has a long way on which it looks. The other one does little, so that all of it fits into the
 * window.
 */

import { EQUAL, PAGES } from "./rooms.js";
import type { MeetingText } from "./texts.js";

const ALONE = "0 mmap 0 1 rw private anon; 0 mmap 8 1 rw private anon; 0 write 0 1; reclaim 0";
const MERGED = `${EQUAL}; ksm; ksm; 0 madvise 1 2 dontneed`;

/** What looks at an owner that goes while another mapping gets its object. */
const WALKS: Readonly<Record<string, string>> = {
  compacting: "compact 2",
  reclaiming: "reclaim 2; reclaim 2",
  scanning: "scan 2",
};

/** By name. */
export const WINDOWS: Readonly<Record<string, MeetingText>> = {
  ...Object.fromEntries(
    Object.entries(WALKS).map(([name, walk]): [string, MeetingText] => [
      `${name} while an owner goes and comes`,
      { setup: ALONE, cpus: [walk, "0 munmap 0 1; 0 write 8 3"] },
    ]),
  ),
  "the last place of a merged page goes": {
    setup: MERGED,
    cpus: ["ksm", "0 madvise 0 1 dontneed; 0 write 0 7; 0 write 4 8"],
  },
  "a page goes while it moves": {
    setup: `${PAGES}; reclaim 0`,
    cpus: ["compact 2; 0 migrate 0 2", "0 madvise 0 2 dontneed; 0 write 0 3"],
  },
  "a page that cannot move": {
    setup: `${PAGES}; reclaim 0`,
    cpus: ["0 migrate 0 1; 0 migrate 0 1", "0 read 0; 0 write 0 3", "scan 1; scan 1"],
  },
  "pages are found to be locked": {
    setup: `${PAGES}; 0 mlock 0 2; reclaim 0`,
    cpus: ["0 munlock 0 2; 0 mlock 0 2; 0 munlock 0 2", "reclaim 4; reclaim 4"],
  },
  "pages are found to be locked by others": {
    setup: `${PAGES}; 0 mlock 0 2; 0 fork 1; reclaim 0`,
    cpus: ["0 munlock 0 2", "reclaim 4; reclaim 4", "1 write 0 3; 1 mlock 0 2; 1 munlock 0 2"],
  },
};
