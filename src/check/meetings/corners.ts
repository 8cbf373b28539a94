/**
 * Meetings in corners: what most programs do not have meets what all have. Stacks and heaps grow, memory is refused
 * half-way, somebody supplies pages, a child does not get a mapping, and a place gets something new.
 */

import type { MeetingText } from "./meeting-text.js";
import { EQUAL, FILE, PAGES } from "./rooms.js";

/** A stack of a family, with room below, and other memory of the same tables. */
const STACK =
  "0 mmap 200 2 rw private anon stack; 0 mmap 210 2 rw private anon; 0 write 210 1; 0 write 211 2";
/** Pages on both sides of the border between two tables. Where they move to there is such a border too, without tables. */
const BORDER = "0 mmap 510 4 rw private anon; 0 write 510 1; 0 write 511 2; 0 write 512 3; 0 write 513 4";
/** Where these pages hold what they held. */
const BORDER_ENDS = "0 expect 1534 1; 0 expect 1535 2; 0 expect 1536 3; 0 expect 1537 4";

/** Operations that need memory, in what they are made: each is refused it, later and later, and then makes it. */
const REFUSED: Readonly<Record<string, readonly [setup: string, operation: string, refusals: number]>> = {
  "a move over two tables": [BORDER, "0 mremap 510 4 4 1534", 7],
  "a split": [`${PAGES}; 0 write 2 3; 0 fork 1`, "0 mprotect 1 2 r", 4],
  "a hole": [`${PAGES}; 0 write 2 3; 0 fork 1`, "0 munmap 1 1", 3],
  "a fork": [`${PAGES}; 0 madvise 1 1 pageout`, "0 fork 1", 6],
  "a merge of neighbours": [
    "0 mmap 0 2 rw private anon; 0 mmap 4 2 rw private anon; 0 write 0 1; 0 write 1 2; 0 write 4 3",
    "0 mmap 2 2 rw private anon",
    2,
  ],
  "a merge of pages": [EQUAL, "ksm", 3],
};

/** What goes by frames meanwhile. */
const WALKS: Readonly<Record<string, string>> = {
  moving: "compact 3; 0 migrate 0 2",
  reclaiming: "reclaim 3; reclaim 3; scan 1",
};

/** Every operation that is refused memory, beside every walk. */
function refused(): [string, MeetingText][] {
  return Object.entries(REFUSED).flatMap(([name, [setup, operation, refusals]]) => {
    const tries = Array.from({ length: refusals }, (_, at) => `fail ${at + 1}; ${operation}`);
    return Object.entries(WALKS).map(([walk, does]): [string, MeetingText] => [
      `${name} finds no memory beside ${walk}`,
      {
        setup: `${setup}; reclaim 0`,
        cpus: [
          // What is made twice is made of other processes.
          [...tries, "fail 0", operation].join("; ").replace(/fork 1/g, renumbered()),
          setup === BORDER ? "compact 4; 0 migrate 510 4; 0 read 1536" : does,
        ],
        ...(setup === BORDER && { finish: BORDER_ENDS }),
      },
    ]);
  });
}

/** Numbers the forks of one text: a process is made once. */
function renumbered(): () => string {
  let child = 1;
  return () => `fork ${child++}`;
}

/** Three equal pages that may merge, and one that differs. Each is on a list of reclaim. */
const LISTED = `${EQUAL}; reclaim 0`;
/** What pages may be before others change them: reclaim may drop them, or swap holds them too. */
const BEFORE: Readonly<Record<string, readonly [setup: string, page2: string]>> = {
  "to be had": [`${LISTED}; 0 madvise 0 4 free`, "5 0"],
  "in swap too": [`${LISTED}; 0 madvise 0 4 pageout; 0 read 0; 0 read 1; 0 read 2`, "5"],
};
/** What changes them, or takes them away. */
const CHANGES: Readonly<Record<string, string>> = {
  merge: "ksm; ksm",
  "are given to a child": "0 fork 1",
  move: "compact 4; 0 migrate 0 3",
  "go out": "reclaim 4; reclaim 4",
  "are paged out": "0 madvise 0 3 pageout",
  "are given away again": "0 madvise 2 1 free; 0 madvise 2 1 cold",
};

/** Stores beside each change of each of these pages. They are still there when all pages have gone out and come back. */
function stored(): [string, MeetingText][] {
  return Object.entries(BEFORE).flatMap(([before, [setup, page2]]) =>
    Object.entries(CHANGES).map(([change, does]): [string, MeetingText] => [
      `pages that are ${before} ${change}`,
      {
        setup,
        cpus: [does, "0 write 0 6; 0 write 1 9"],
        finish: `reclaim 8; reclaim 8; 0 expect 0 6; 0 expect 1 9; 0 expect 2 ${change === "are given away again" ? "5 0" : page2}`,
      },
    ]),
  );
}

/** A place that a CPU remembers loses something, and the CPU tries it again there; with what it holds in the end. */
const LOST: Readonly<Record<string, readonly [does: string, ends: string]>> = {
  "the right to store": [
    "0 mprotect 0 2 r; 0 read 0; 0 write 0 8; 0 write 1 8",
    "0 expect 0 1; 0 expect 1 2",
  ],
  "every right": [
    "0 mprotect 0 2 none; 0 read 0; 0 mprotect 0 2 r; 0 read 1; 0 write 1 8",
    "0 expect 0 1; 0 expect 1 2",
  ],
  "its mapping": [
    "0 munmap 0 2; 0 write 0 8; 0 mmap 0 2 rw private anon; 0 expect 0 0; 0 write 1 9; 0 expect 1 9",
    "0 expect 0 0; 0 expect 1 9",
  ],
  "its pages to another place": [
    "0 mremap 0 2 2 16; 0 write 0 8; 0 mmap 0 2 rw private anon; 0 expect 0 0; 0 write 1 9; 0 expect 1 9",
    "0 expect 0 0; 0 expect 1 9; 0 expect 16 1; 0 expect 17 2",
  ],
  "its pages to another place, and stays": [
    "0 mremap 0 2 2 16 keep; 0 expect 0 0; 0 write 1 9; 0 expect 1 9",
    "0 expect 0 0; 0 expect 1 9; 0 expect 16 1; 0 expect 17 2",
  ],
  "its pages": [
    "0 madvise 0 2 dontneed; 0 expect 0 0; 0 write 1 9; 0 expect 1 9",
    "0 expect 0 0; 0 expect 1 9",
  ],
};

/** What others do with the place or its pages meanwhile. */
const BESIDE: Readonly<Record<string, string>> = {
  "its pages move": "0 migrate 0 2; compact 2",
  "its pages go out": "reclaim 2; reclaim 2",
  "a child gets it": "0 fork 1; 1 read 0; 1 exit",
};

function lost(): [string, MeetingText][] {
  return Object.entries(LOST).flatMap(([name, [does, finish]]) =>
    Object.entries(BESIDE).map(([beside, others]): [string, MeetingText] => [
      `a place loses ${name} while ${beside}`,
      // Reclaim takes the pages at once. The CPU still remembers them.
      { setup: `${PAGES}; reclaim 0; scan 1`, cpus: [`0 write 0 1; ${does}`, others], finish },
    ]),
  );
}

/** A mapping of which a part has other rights, and three anonymous pages in its parts. */
const PARTS =
  "0 mmap 0 6 rw private anon; 0 write 0 1; 0 write 2 2; 0 write 4 3; 0 mprotect 2 2 r; reclaim 0";
/** What makes one mapping of several, or several of one. Each leaves all pages what they are. */
const BORDERS: Readonly<Record<string, string>> = {
  "mappings become one": "0 mprotect 2 2 rw; 0 mprotect 0 2 r; 0 mprotect 0 2 rw",
  "a mapping is split": "0 mprotect 1 1 r; 0 mprotect 4 1 none; 0 munmap 5 1",
  "a border moves": "0 mprotect 3 2 r; 0 mprotect 1 2 r; 0 mprotect 2 3 rw",
  "a hole is filled": "0 munmap 1 1; 0 mmap 1 1 rw private anon; 0 mprotect 3 1 rw",
};

function borders(): [string, MeetingText][] {
  const walks = { move: "0 migrate 0 6; compact 3", "go out": "reclaim 3; reclaim 3; 0 migrate 0 6" };
  return Object.entries(BORDERS).flatMap(([name, does]) =>
    Object.entries(walks).map(([walk, walks]): [string, MeetingText] => [
      `${name} while pages ${walk}`,
      {
        setup: PARTS,
        cpus: [does, walks],
        finish: "0 mprotect 0 6 r; 0 expect 0 1; 0 expect 2 2; 0 expect 4 3",
      },
    ]),
  );
}

/** By name. */
export const CORNERS: Readonly<Record<string, MeetingText>> = {
  ...Object.fromEntries(refused()),
  ...Object.fromEntries(stored()),
  ...Object.fromEntries(lost()),
  ...Object.fromEntries(borders()),
  "a stack grows beside its first stores": {
    setup: STACK,
    cpus: ["0 write 199 3; 0 write 197 4", "0 write 201 5; 0 read 200; 0 write 198 6", "scan 2"],
    finish: "0 expect 199 3; 0 expect 197 4; 0 expect 201 5; 0 expect 198 6; 0 expect 200 0",
  },
  "a family's stacks grow": {
    setup: `${STACK}; 0 write 200 7; 0 write 201 8; 0 fork 1; 1 fork 2; 1 write 199 1; reclaim 0`,
    cpus: [
      "0 write 199 3; 0 write 197 4; 0 fork 3",
      "1 write 198 5; 2 write 199 6; 2 write 196 7; 2 read 201",
      "scan 1; compact 3; reclaim 3; scan 1",
    ],
    finish: "0 expect 199 3; 0 expect 197 4; 1 expect 198 5; 2 expect 199 6; 2 expect 196 7; 1 expect 200 7",
  },
  "a heap grows and shrinks": {
    setup: "0 heap 40; 0 brk 44; 0 write 40 1; 0 write 43 2; 0 fork 1; reclaim 0",
    cpus: [
      "0 brk 42; 0 brk 46; 0 write 44 3",
      "0 read 41; 0 write 40 4; 1 write 43 5",
      "compact 3; scan 1; reclaim 2",
    ],
    finish: "0 expect 40 4; 0 expect 44 3; 1 expect 43 5; 1 expect 40 1",
  },
  "somebody supplies pages": {
    setup: "0 mmap 0 6 rw private anon; 0 write 4 1; 0 register 0 4; reclaim 0",
    cpus: [
      "0 expect 0 7 8; 0 read 2; 0 write 3 6",
      "0 write 0 8; 0 read 1",
      "0 supply 0 7; 0 supply 1; 0 supply 2 5; 0 supply 3",
    ],
    finish: "0 expect 0 8; 0 expect 1 0; 0 expect 2 5; 0 expect 3 6",
  },
  "two supply the same pages": {
    setup: "0 mmap 0 4 rw private anon; 0 write 3 1; 0 register 0 3; 0 fork 1; reclaim 0",
    cpus: [
      "0 supply 0 7; 0 supply 1; 0 fork 2",
      "0 supply 1 8; 0 supply 0 9; 0 unregister 0 3",
      "0 read 0; 0 write 1 4; 0 read 2",
    ],
    finish: "0 expect 0 7 9; 0 expect 1 4",
  },
  "supplied pages go again": {
    setup: "0 mmap 0 4 rw private anon; 0 write 3 1; 0 register 0 3; 0 supply 0 5; 0 supply 1 6; reclaim 0",
    cpus: [
      "0 madvise 0 2 dontneed; 0 supply 0 7; 0 supply 1 8; 0 unregister 0 3",
      "0 read 0; 0 read 1; 0 write 2 4",
      "reclaim 2; compact 2; reclaim 2",
    ],
  },
  "a child does not get all": {
    setup: `${PAGES}; 0 mmap 8 2 rw private anon; 0 write 8 5; 0 madvise 1 1 dontfork; 0 madvise 8 2 wipeonfork; reclaim 0`,
    cpus: [
      "0 fork 1; 1 write 8 3; 1 read 9; 1 fork 2; 2 write 9 4",
      "0 write 8 6; 0 write 1 7; 0 madvise 1 1 dofork",
      "scan 2; compact 4; reclaim 2",
    ],
    finish:
      "0 expect 8 6; 0 expect 1 7; 0 expect 0 1; 1 expect 8 3; 1 expect 0 1; 2 expect 9 4; 2 expect 8 0",
  },
  "a part moves and leaves its place": {
    setup: `${PAGES}; 0 write 2 3; 0 fork 1; reclaim 0`,
    cpus: [
      "0 mremap 0 2 2 16 keep; 0 write 0 5; 0 mremap 2 1 1 20 keep",
      "0 read 2; 1 write 0 4; 0 read 0",
      "compact 4; scan 1; reclaim 3",
    ],
    finish: "0 expect 16 1; 0 expect 17 2; 0 expect 20 3; 0 expect 0 5; 1 expect 0 4; 1 expect 2 3",
  },
  "another CPU sees what came after": {
    setup: `${PAGES}; 0 write 3 3; reclaim 0`,
    cpus: [
      "0 madvise 0 1 dontneed; 0 write 3 9; 0 mprotect 1 1 r",
      "0 read 0; 0 seen 3 9 0 0; 0 read 1",
      "reclaim 2; reclaim 2",
    ],
  },
  "another CPU sees what came in its place": {
    setup: `${PAGES}; 0 write 3 3; reclaim 0`,
    cpus: [
      "0 mremap 0 1 1 16; 0 mmap 0 1 rw private anon; 0 write 0 8; 0 write 3 9",
      "0 read 0; 0 seen 3 9 0 8",
      "reclaim 2; reclaim 2",
    ],
  },
  "another CPU sees what a device stored": {
    setup: `${PAGES}; 0 write 3 3; reclaim 0`,
    cpus: [
      "0 hold 0 w; 0 device 8; 0 write 3 9; 0 release 8",
      "0 read 0; 0 seen 3 9 0 8",
      "0 fork 1; 1 exit; reclaim 2; reclaim 2",
    ],
    finish: "0 expect 0 8",
  },
  "a device stores to a private copy while that is dropped": {
    setup: `${FILE}; 0 write 8 3; writeback 4`,
    cpus: [
      "0 hold 8 w; 0 device 9; 0 release; 0 hold 9 w; 0 device 7; 0 release",
      "0 madvise 8 2 dontneed; 0 read 8",
    ],
    finish: "0 expect 0 1; 0 expect 1 2",
  },
  "a device stores to a private copy of a family's": {
    setup: `${FILE}; 0 write 8 3; 0 fork 1; reclaim 0`,
    cpus: [
      "0 hold 8 w; 0 device 9; 0 release",
      "0 madvise 8 1 dontneed; 1 read 8",
      "1 madvise 8 1 dontneed; reclaim 2",
    ],
    finish: "0 expect 0 1; 1 expect 0 1",
  },
  "a slot gets another page": {
    setup: `${PAGES}; 0 write 2 3; reclaim 0`,
    cpus: ["0 madvise 0 1 pageout; 0 read 2", "0 madvise 0 1 dontneed; 0 madvise 1 1 pageout; 0 write 0 4"],
    finish: "0 expect 0 4; 0 expect 1 2; 0 expect 2 3",
    boot: "swap 1",
  },
  "a slot gets another page beside reclaim": {
    setup: `${PAGES}; 0 write 2 3; 0 fork 1; 0 madvise 0 3 pageout; 0 read 0; 0 read 1`,
    cpus: [
      "reclaim 1; reclaim 1; reclaim 2",
      "0 madvise 0 1 dontneed; 1 munmap 0 1; 0 write 2 5; 0 madvise 2 1 pageout; 0 read 1",
    ],
    finish: "0 expect 0 0; 0 expect 1 2; 0 expect 2 5; 1 expect 1 2; 1 expect 2 3",
    boot: "swap 4",
  },
  "a device stores beside forks": {
    setup: `${PAGES}; reclaim 0`,
    cpus: ["0 hold 0 w; 0 device 8; 0 expect 0 8; 0 write 0 9; 0 release 9", "0 fork 1; 0 fork 2; 1 exit"],
    finish: "0 expect 0 9; 0 expect 1 2",
  },
  "clean pages of a file are stored to while they go": {
    setup: `${FILE}; 0 fork 1; writeback 4; 0 madvise 0 4 dontneed; 1 munmap 0 4; reclaim 0`,
    cpus: ["reclaim 4; reclaim 4", "0 write 0 5; 0 madvise 0 1 dontneed; 0 write 1 6; 0 munmap 1 1"],
    finish: "0 expect 0 5; 0 read 8; 0 mmap 1 1 rw shared file 1; 0 expect 1 6",
  },
  "locked pages get private copies": {
    setup: `${FILE}; 0 mmap 16 4 rw private anon; 0 write 16 1; 0 write 17 2; 0 fork 1; 0 mlock 16 2; 0 mlock 8 2; reclaim 0; reclaim 2`,
    cpus: [
      "0 write 16 3; 0 write 8 4; 0 munlock 16 1",
      "reclaim 4; reclaim 4; compact 4",
      "1 write 17 5; 0 madvise 17 1 cold; 1 mlock 16 2; 1 munlock 16 2",
    ],
    finish: "0 expect 16 3; 0 expect 8 4; 1 expect 17 5; 0 expect 17 2",
  },
};
