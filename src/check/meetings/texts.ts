/**
 * Meetings: programs whose CPUs meet in one part of the engine after the other. Each brings a state
 * about, and lets every operation that works on it run beside the others. Some were written when a known bug had shown that
 * no meeting had its state.
 *
 * Their CPUs make few operations, but enough that most of them overlap in a random schedule. No process is used beside the
 * CPU that ends it.
 */

import { looks, uses } from "./families.js";
import type { MeetingText } from "./meeting-text.js";
import { EQUAL, FILE, PAGES } from "./rooms.js";

/** By name. */
export const MEETINGS: Readonly<Record<string, MeetingText>> = {
  ...Object.fromEntries([...uses(), ...looks()]),
  "first faults": {
    setup: "0 mmap 0 4 rw private anon",
    cpus: ["0 write 0 1; 0 read 1", "0 write 1 2; 0 read 0", "scan 2"],
  },
  "first stores beside pins and scans": {
    setup: "0 mmap 0 4 rw private anon; 0 madvise 0 4 mergeable; 0 touch 0 4 r",
    cpus: [
      "0 hold 0 r; 0 release; 0 pin 3 1 r; 0 write 2 1",
      "0 write 1 1; 0 hold 2 r; 0 release",
      "ksm; 0 madvise 3 1 dontneed; ksm",
    ],
  },
  "first stores in a child": {
    setup: "0 mmap 0 4 rw private anon; 0 mmap 8 2 rw private anon; 0 write 0 1; 0 fork 1; 1 fork 2",
    cpus: [
      "1 write 0 3; 1 write 8 4; 1 read 9",
      "1 write 1 5; 1 hold 0 r; 1 release",
      "scan 1; 2 write 0 7; 2 exit",
    ],
  },
  "unmapping and a scan": {
    setup: "0 mmap 0 4 rw private anon; 0 mmap 8 2 rw private anon; 0 write 0 1; 0 write 1 1; reclaim 0",
    cpus: ["0 munmap 0 2; 0 write 8 3", "scan 1; reclaim 2", "0 write 9 4; 0 write 1 5"],
  },
  "unmapping and a scan without locks": {
    setup: "0 mmap 0 4 rw private anon; 0 write 0 1; 0 write 1 1; 0 fork 1; reclaim 0",
    cpus: [
      "1 munmap 0 2; 0 write 0 3",
      "scan 2 unlocked",
      "0 madvise 1 1 dontneed; 0 write 1 4; 0 mremap 0 2 2 16",
    ],
  },
  "objects used again": {
    setup:
      "0 mmap 0 1 rw private anon; 0 mmap 8 1 rw private anon; 0 mmap 16 1 rw private anon; 0 write 0 1; 0 write 8 2",
    cpus: ["0 munmap 0 1; 0 write 16 3", "scan 1; 0 madvise 8 1 pageout", "0 munmap 8 1; 0 fork 1; 1 exit"],
    boot: "swap 16 slab returned",
  },
  "forks and stores": {
    setup: PAGES,
    cpus: ["0 fork 1; 1 write 0 5; 1 exit", "0 write 0 6; 0 write 1 7; 0 read 2", "scan 1; 0 fork 2; 2 exit"],
  },
  "a fork beside those that share": {
    setup: `${PAGES}; 0 fork 1; 0 fork 2; reclaim 0`,
    cpus: ["0 fork 3; 3 exit", "1 write 0 5; 1 munmap 0 2", "2 write 1 6; 2 write 0 7; 2 exit"],
  },
  "a family ends": {
    setup: `${PAGES}; 0 fork 1; 1 fork 2; 2 fork 3`,
    cpus: ["1 write 1 3; 1 exit", "2 write 0 4; 2 exit", "scan 2; 3 write 0 5; 3 exit"],
  },
  moving: {
    setup: `${PAGES}; 0 fork 1; reclaim 0`,
    cpus: [
      "0 mremap 0 2 2 16; 0 mremap 16 2 4 32",
      "0 read 0; 0 write 16 9; 1 write 1 3",
      "scan 1; reclaim 2; scan 1",
    ],
  },
  "moving back": {
    setup: `${PAGES}; 0 fork 1; 0 mremap 0 2 2 16; reclaim 0`,
    cpus: [
      "0 mremap 16 2 2 0; 0 mremap 0 2 2 16 keep",
      "1 write 0 3; 0 write 0 4; scan 1",
      "compact 3; reclaim 2",
    ],
  },
  "splitting and joining": {
    setup: "0 mmap 0 8 rw private anon; 0 write 0 1; 0 write 4 2; 0 fork 1",
    cpus: [
      "0 mprotect 2 2 r; 0 mprotect 2 2 rw",
      "0 write 5 3; 0 write 2 4; 0 munmap 6 2",
      "scan 1; 0 read 4",
    ],
  },
  neighbours: {
    setup: "0 mmap 0 2 rw private anon; 0 mmap 4 2 rw private anon; 0 write 0 1; 0 fork 1; 0 write 4 2",
    cpus: [
      "0 mmap 2 2 rw private anon; 0 write 2 3",
      "0 write 1 4; 0 munmap 4 2",
      "scan 1; 1 write 0 5; 0 write 3 6",
    ],
  },
  dropping: {
    setup: `${PAGES}; reclaim 0`,
    cpus: [
      "0 madvise 0 4 dontneed; 0 write 0 3",
      "0 write 1 4; 0 madvise 0 1 dontneed; 0 read 0",
      "0 read 0; 0 madvise 0 2 cold; 0 write 1 6",
    ],
  },
  "pages to be had": {
    setup: `${PAGES}; 0 fork 1; 0 madvise 0 2 free; reclaim 0`,
    cpus: [
      "0 write 0 5; 0 madvise 0 2 free; 0 write 1 6",
      "reclaim 4; 0 madvise 0 2 pageout",
      "1 madvise 0 2 free; reclaim 4; 1 read 0",
    ],
  },
  "pages to be had are pinned": {
    setup: `${PAGES}; 0 madvise 0 2 free; reclaim 0`,
    cpus: [
      "0 hold 0 r; 0 release; 0 read 1",
      "reclaim 4; 0 write 0 5",
      "0 madvise 0 2 pageout; 0 hold 1 w; 0 release",
    ],
  },
  "the active list": {
    setup: `0 mmap 0 6 rw private anon; 0 touch 0 6 w; reclaim 0; 0 touch 0 6 r; reclaim 1; 0 touch 0 6 r; reclaim 1`,
    cpus: [
      "reclaim 4; reclaim 4",
      "0 touch 0 4 r; reclaim 4; reclaim 4",
      "0 madvise 0 6 cold; 0 write 1 3; 0 munmap 4 2",
    ],
  },
  "paging out": {
    setup: `${PAGES}; 0 fork 1`,
    cpus: ["0 madvise 0 2 pageout; 0 read 0", "1 write 0 3; 1 read 1", "reclaim 2; 0 write 1 4"],
  },
  "two that reclaim": {
    setup: `${PAGES}; 0 write 2 3; 0 write 3 4; 0 fork 1; reclaim 0; reclaim 0`,
    cpus: [
      "reclaim 4; reclaim 4",
      "reclaim 4; scan 1; 0 madvise 0 4 pageout",
      "0 read 0; 0 write 1 5; 1 write 2 6",
    ],
  },
  "a page that is used while it goes": {
    setup: "0 mmap 0 2 rw private anon; 0 write 0 1; 0 write 1 2; reclaim 0; scan 1; reclaim 1",
    cpus: [
      "0 read 0; 0 write 1 3; 0 read 0",
      "reclaim 2; reclaim 2",
      "0 madvise 0 2 pageout; 0 read 1; 0 write 0 4",
    ],
  },
  "coming back from swap": {
    setup: `${PAGES}; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4`,
    cpus: ["0 read 0; 0 write 1 5", "1 write 0 3; 1 exit", "reclaim 2; 0 madvise 0 1 dontneed; 0 munmap 0 1"],
  },
  "a slot of three": {
    setup: `${PAGES}; 0 fork 1; 0 fork 2; 0 madvise 0 4 pageout; reclaim 4`,
    cpus: [
      "0 write 0 3; 0 read 1; 0 read 0",
      "1 read 0; 1 write 1 4; reclaim 2",
      "2 write 0 5; 2 read 1; 2 exit",
    ],
  },
  "a slot goes": {
    setup: `${PAGES}; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4; 1 read 0`,
    cpus: [
      "0 madvise 0 2 dontneed; 0 write 0 7",
      "1 madvise 0 2 dontneed; 1 write 0 8",
      "reclaim 2; reclaim 2; compact 4",
    ],
    boot: "swap 2",
  },
  "swap ends": {
    setup: `${PAGES}; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4`,
    cpus: ["swapoff", "1 write 0 3; 0 read 1", "0 madvise 0 2 pageout; 0 fork 2"],
  },
  "pages become one": {
    setup: `${EQUAL}; 0 fork 1`,
    cpus: [
      "ksm; ksm",
      "0 write 0 6; 1 read 1; 0 madvise 1 1 dontneed",
      "1 write 1 7; scan 1; 0 madvise 0 2 unmergeable",
    ],
  },
  "a mapping where pages were merging": {
    setup: EQUAL,
    cpus: [
      "ksm; ksm",
      "0 mmap 0 4 rw private anon; 0 madvise 0 4 mergeable",
      "0 write 1 5; 0 write 2 5; 0 read 0",
    ],
  },
  "merging beside reclaim": {
    setup: `${EQUAL}; 0 fork 1; reclaim 0`,
    cpus: ["ksm", "reclaim 4; scan 1", "1 munmap 0 2; 1 write 2 8"],
  },
  "merged pages": {
    setup: `${EQUAL}; ksm; ksm`,
    cpus: ["0 write 0 6; 0 fork 1", "scan 2; reclaim 2", "0 madvise 1 2 dontneed; ksm"],
  },
  "merged pages are pinned": {
    setup: `${EQUAL}; ksm; ksm; 0 fork 1`,
    cpus: [
      "0 hold 0 w; 0 release; 0 pin 1 1 r; 0 hold 2 r; 0 release",
      "0 write 0 6; 0 madvise 1 1 dontneed; 0 write 2 9; 0 read 1",
      "1 hold 0 r; 1 release; 1 write 2 7; ksm",
    ],
  },
  "merged pages end": {
    setup: `${EQUAL}; ksm; ksm; 0 fork 1; 0 fork 2; 0 madvise 0 4 dontneed`,
    cpus: ["1 madvise 0 4 dontneed; 1 exit", "2 madvise 0 8 unmergeable; 2 exit", "ksm; ksm; reclaim 2"],
  },
  "merged pages move": {
    setup: `${EQUAL}; ksm; ksm`,
    cpus: [
      "0 mremap 0 2 2 16; 0 mremap 2 2 2 32",
      "ksm; 0 munmap 3 2; scan 1",
      "compact 4; 0 migrate 0 4; reclaim 4",
    ],
  },
  "merged pages go out": {
    setup: `${EQUAL}; ksm; ksm; reclaim 0; 0 madvise 0 8 pageout; reclaim 8`,
    cpus: ["0 read 0; 0 write 1 3", "0 fork 1; 1 read 1; 1 exit", "swapoff; ksm"],
  },
  "the list of those that merge": {
    setup: `${EQUAL}; 0 fork 1; 0 fork 2; 0 mmap 16 2 rw private anon`,
    cpus: [
      "ksm; ksm",
      "1 exit; 0 madvise 0 8 unmergeable; 0 madvise 0 8 mergeable",
      "2 madvise 0 8 unmergeable; 2 madvise 0 2 mergeable; 2 exit",
    ],
  },
  "merging a locked mapping": {
    setup: `${EQUAL}; 0 mlock 0 4; 0 fork 1; ksm; ksm`,
    cpus: ["0 write 0 6; 0 munlock 0 4", "ksm; reclaim 2", "0 read 1; 0 mlock 0 2; 1 write 1 8"],
  },
  pins: {
    setup: `${PAGES}; reclaim 0`,
    cpus: [
      "0 hold 0 w; 0 release; 0 hold 1 r; 0 release",
      "0 fork 1; 1 exit; reclaim 2",
      "0 madvise 0 1 dontneed; 0 write 0 4; reclaim 2",
    ],
  },
  "a pinned page stays": {
    setup: `${PAGES}; 0 madvise 0 4 mergeable; 0 write 2 1; reclaim 0`,
    cpus: [
      "0 hold 0 w; 0 device 9; 0 release 9; 0 expect 0 9",
      "0 madvise 0 2 pageout; 0 read 0; reclaim 2; ksm",
      "compact 3; 0 migrate 0 2; 0 fork 1",
    ],
  },
  migrating: {
    setup: `${PAGES}; 0 fork 1; reclaim 0`,
    cpus: [
      "0 migrate 0 2; 1 migrate 0 2",
      "0 write 0 3; 1 read 1; 0 hold 1 w; 0 release",
      "scan 1; reclaim 2; 1 write 1 6",
    ],
  },
  compacting: {
    setup: `${PAGES}; 0 mmap 8 2 rw shared file 0; 0 write 8 3; 0 fork 1; reclaim 0`,
    cpus: [
      "compact 6; 0 read 8",
      "0 write 0 3; 1 munmap 8 2; compact 6",
      "1 write 1 7; reclaim 2; 0 write 9 4",
    ],
  },
  "compacting what is in swap": {
    setup: `${PAGES}; 0 fork 1; 0 madvise 0 4 pageout; reclaim 4; 0 read 0; 0 read 1; reclaim 0`,
    cpus: ["compact 6; 0 read 0", "1 read 0; 1 write 1 3; 1 munmap 0 1", "0 migrate 0 2; swapoff"],
  },
  "pages of a file": {
    setup: `${FILE}; 0 fork 1`,
    cpus: [
      "0 write 0 2; 0 read 2; writeback 4",
      "1 write 8 3; 1 read 1; 1 write 2 6; 0 munmap 8 2",
      "reclaim 3; 0 read 1; scan 1",
    ],
  },
  "pages that left a file": {
    setup: `${FILE}; 0 fork 1; writeback 4; 0 munmap 8 4; 0 madvise 0 4 pageout; reclaim 8`,
    cpus: ["0 read 0; 0 write 1 3", "1 read 0; 1 migrate 0 2", "reclaim 2; writeback 2; 1 munmap 0 2"],
  },
  "two that write back": {
    setup: `${FILE}; 0 fork 1; reclaim 0`,
    cpus: [
      "writeback 4; 0 write 0 5; 0 read 9",
      "writeback 4; 1 write 1 6; 1 write 0 3",
      "0 write 0 7; reclaim 4; 0 madvise 0 4 pageout",
    ],
  },
  "pages of a file move": {
    setup: `${FILE}; 0 fork 1; reclaim 0`,
    cpus: [
      "0 migrate 0 4; compact 4",
      "1 write 0 4; 1 read 8; 0 mremap 0 2 2 16",
      "writeback 4; reclaim 4; 1 munmap 0 4; scan 1",
    ],
  },
  "memory that is shared": {
    setup: "0 mmap 0 4 rw shared anon; 0 write 0 1; 0 write 1 2; 0 fork 1; reclaim 0",
    cpus: [
      "0 write 0 3; 0 madvise 0 2 pageout; 0 read 1",
      "1 write 1 4; 1 read 2; 1 munmap 0 2",
      "reclaim 4; compact 4; writeback 4",
    ],
  },
  "mapping and locking": {
    setup: "0 mmap 0 8 rw private anon; 0 write 0 1",
    cpus: [
      "0 mmap 8 4 rw private anon; 0 write 8 2; 0 munmap 8 4",
      "0 mmap 16 2 rw private anon; 0 touch 16 2 w",
      "0 read 0; 0 read 8; 0 mlock 0 2; 0 munlock 0 2",
    ],
  },
  "locked pages and reclaim": {
    setup: `${PAGES}; 0 fork 1; 0 mlock 0 2; reclaim 0; reclaim 1`,
    cpus: [
      "0 munlock 0 4; 0 madvise 0 2 cold; 0 mlock 0 2",
      "reclaim 4; compact 4; reclaim 4",
      "0 write 1 3; 1 write 0 4; 0 munmap 0 1",
    ],
  },
  "a few frames": {
    setup: "0 mmap 0 200 rw private anon; 0 touch 0 150 w; 0 fork 1",
    cpus: ["0 touch 0 2 w; 0 read 140", "1 touch 100 2 w", "0 touch 150 4 w; 0 read 100"],
    boot: "memory 160 swap 128",
  },
};
