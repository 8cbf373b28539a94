/**
 * Meetings about narrow windows: a CPU looks at something, and before it acts, what it looked at goes, and something new
 * takes its place. One CPU has a long way on which it looks. The other one does little, so that all of it fits into the
 * window.
 */

import type { MeetingText } from "./meeting-text.js";
import { EQUAL, FILE, PAGES } from "./rooms.js";

const ALONE = "0 mmap 0 1 rw private anon; 0 mmap 8 1 rw private anon; 0 write 0 1; reclaim 0";
const MERGED = `${EQUAL}; ksm; ksm; 0 madvise 1 2 dontneed`;

/** Merged pages that are in swap, each on its own. */
const SWAPPED = `${EQUAL}; ksm; ksm; reclaim 0; reclaim 8; reclaim 8; reclaim 8`;
/** A mapping of a file, and an anonymous one. */
const BOTH = `${FILE}; 0 mmap 16 4 rw private anon; 0 write 16 1; 0 write 17 2; reclaim 0`;

/** So many mappings of a process, each with an owner of its own, that the slab gives memory back when it ends. */
const CROWD = Array.from({ length: 160 }, (_, at) => 130 + 2 * at);
/** A process has ended. A device still holds a page whose owner was in the middle of the crowd. */
const OUTLIVED = [
  `${PAGES}; 0 fork 1`,
  ...CROWD.map((page) => `1 mmap ${page} 1 rw private anon; 1 write ${page} 3`),
  `1 hold ${CROWD[CROWD.length / 2]} w; 1 exit; reclaim 0`,
].join("; ");

/** The only mapping in its table. */
const OWN_TABLE = "0 mmap 1024 2 rw private anon; 0 write 1024 1; 0 write 1025 2; reclaim 0";
/** The table goes, and another one comes. */
const TABLE_GOES = "0 munmap 1024 2; 0 mmap 2048 1 rw private anon; 0 write 2048 5";

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
  "a merged page gets a place and loses others": {
    setup: `${EQUAL}; ksm; ksm; 0 fork 1; 0 write 4 5; 0 write 5 5`,
    cpus: ["ksm", "1 madvise 0 1 dontneed; 1 madvise 1 2 dontneed"],
  },
  "two want a merged page from swap": {
    setup: `${SWAPPED}; 0 read 0`,
    cpus: ["0 read 1; 0 write 2 3", "0 write 1 4; 0 read 2"],
  },
  "two want merged pages from swap at once": {
    setup: SWAPPED,
    cpus: ["0 read 0; 0 read 1", "0 write 1 4; 0 read 0"],
  },
  "a mapping takes the place of one where pages merge": {
    setup: EQUAL,
    cpus: ["ksm", "0 mmap 0 4 rw private anon; 0 madvise 0 4 mergeable; 0 write 0 5"],
  },
  "rights change while pages are written back": {
    setup: BOTH,
    cpus: ["writeback 4", "0 mprotect 0 4 r; 0 mlock 0 4"],
  },
  "rights change while pages are reclaimed": {
    setup: BOTH,
    cpus: ["reclaim 4; reclaim 4; compact 4", "0 mprotect 0 20 r; 0 mlock 0 20; 0 madvise 16 4 mergeable"],
  },
  "a page outlives its process": {
    setup: OUTLIVED,
    cpus: ["compact 2; scan 1", "0 fork 2; 2 exit"],
    boot: "swap 16 slab returned",
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
  "pages are found to be locked while they are unmapped": {
    setup: `${PAGES}; 0 mlock 0 2; 0 fork 1; reclaim 0`,
    cpus: ["0 munmap 0 2", "reclaim 4; reclaim 4"],
  },
  "a page is locked while it is reclaimed": {
    setup: `${PAGES}; reclaim 0`,
    cpus: ["reclaim 4; reclaim 4", "0 mlock 0 2"],
  },
  "a page of a file is locked while it is reclaimed": {
    setup: `${FILE}; writeback 4; reclaim 0`,
    cpus: ["reclaim 4; reclaim 4", "0 mlock 0 2"],
  },
  "a page of two processes is locked while it is reclaimed": {
    setup: `${PAGES}; 0 fork 1; 1 mprotect 0 4 r; reclaim 0`,
    cpus: ["reclaim 4; reclaim 4", "1 mlock 0 2"],
  },
  "a merged page is locked while it is reclaimed": {
    setup: `${EQUAL}; ksm; ksm; 0 mprotect 0 8 r; reclaim 0`,
    cpus: ["reclaim 4; reclaim 4", "0 mlock 0 4"],
  },
  "a mapping goes while a fault looks for it": {
    setup: "0 mmap 0 1 rw private anon; 0 mmap 8 1 rw private anon; 0 write 8 1",
    cpus: ["0 write 0 5; 0 read 8", "0 munmap 0 1; 0 mmap 32 1 rw private anon; 0 write 32 2"],
  },
  "a mapping shrinks while a fault looks for it": {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1",
    cpus: ["0 write 3 5; 0 read 2", "0 munmap 2 2; 0 mmap 32 1 rw private anon; 0 write 32 2"],
  },
  "a table goes while pages are scanned": { setup: OWN_TABLE, cpus: ["scan 3", TABLE_GOES] },
  "a table goes while pages are reclaimed": {
    setup: OWN_TABLE,
    cpus: ["reclaim 2; reclaim 2; compact 2", TABLE_GOES],
  },
  "pages are found to be locked by others": {
    setup: `${PAGES}; 0 mlock 0 2; 0 fork 1; reclaim 0`,
    cpus: ["0 munlock 0 2", "reclaim 4; reclaim 4", "1 write 0 3; 1 mlock 0 2; 1 munlock 0 2"],
  },
};
