/**
 * Meetings with kswapd and the flusher: CPUs of their own that take pages away, and write them to their blocks, beside
 * whatever the others do.
 */

import type { MeetingText } from "./meeting-text.js";

/** So few frames that kswapd has work before anybody must reclaim by himself. */
const FEW = "memory 14 swap 16 daemons kswapd";
const FILES = "memory 40 swap 16 daemons flusher";
const BOTH = "memory 14 swap 16 daemons both";

const PAGES = "0 mmap 0 32 rw private anon; 0 touch 0 4 w; 0 write 0 1; 0 write 1 2";
const FILE = "0 mmap 0 8 rw shared file 0; 0 mmap 16 8 rw private file 0; 0 write 0 1; 0 write 1 2";

/** What the others do while kswapd makes room for one of them. */
const BESIDE_KSWAPD: Readonly<Record<string, string>> = {
  stores: "0 write 0 7; 0 read 1; 0 write 2 3",
  "a fork": "0 fork 1; 1 write 0 5",
  moves: "0 mremap 0 2 2 48; 0 read 48",
  drops: "0 madvise 0 2 dontneed; 0 write 0 4",
  "pages to be had": "0 madvise 0 2 free; 0 write 0 4; 0 read 1",
  pins: "0 hold 0 w; 0 release; 0 hold 1 r; 0 release",
  locks: "0 mlock 0 2; 0 read 0; 0 munlock 0 2",
  migration: "0 migrate 0 2; compact 4",
  reclaim: "reclaim 2; 0 read 0",
  "an end": "0 munmap 0 2; 0 read 2",
  scans: "scan 2; 0 write 0 3",
};

/** The same for the flusher. */
const BESIDE_FLUSHER: Readonly<Record<string, string>> = {
  stores: "0 write 0 7; 0 write 1 8; 0 read 0",
  "private copies": "0 read 16; 0 write 16 9; 0 write 17 3",
  "an end": "0 munmap 0 2; 0 read 16",
  drops: "0 madvise 0 2 dontneed; 0 write 0 4",
  migration: "0 migrate 0 2; compact 4",
  reclaim: "reclaim 4; 0 write 0 5; reclaim 4",
  writeback: "writeback 2; 0 write 0 3",
  pins: "0 hold 0 w; 0 release; 0 write 1 5",
  "a fork": "0 fork 1; 1 write 0 5",
};

function withKswapd(): [string, MeetingText][] {
  return Object.entries(BESIDE_KSWAPD).map(([name, does]) => [
    `kswapd beside ${name}`,
    { setup: PAGES, cpus: [does, "0 touch 16 5 w; 0 read 16"], boot: FEW },
  ]);
}

function withFlusher(): [string, MeetingText][] {
  return Object.entries(BESIDE_FLUSHER).map(([name, does]) => [
    `the flusher beside ${name}`,
    { setup: FILE, cpus: [does, "0 write 2 4; 0 write 0 6"], boot: FILES },
  ]);
}

/** What CPUs do when memory is out: they wait for each other's pages. */
const OUT: Readonly<Record<string, string>> = {
  "two faults": "0 touch 20 4 w; 0 read 0",
  "a fork": "0 fork 1; 1 write 0 5",
  "a store to a shared page": "0 write 0 5; 0 touch 24 2 w",
  "an end": "0 touch 20 2 w; 0 munmap 0 2",
};

function whenOut(): [string, MeetingText][] {
  return Object.entries(OUT).flatMap(([name, does]) =>
    ["swap 0", "swap 0 daemons kswapd"].map((rest): [string, MeetingText] => [
      `memory is out beside ${name}, ${rest}`,
      {
        setup: "0 mmap 0 64 rw private anon; 0 touch 0 3 w",
        cpus: [does, "0 read 0; 0 touch 30 5 w"],
        boot: `memory 7 ${rest}`,
      },
    ]),
  );
}

/** By name. */
export const DAEMONS: Readonly<Record<string, MeetingText>> = {
  ...Object.fromEntries([...withKswapd(), ...withFlusher(), ...whenOut()]),
  "both beside pages of both kinds": {
    setup:
      "0 mmap 0 8 rw shared file 0; 0 mmap 16 16 rw private anon; 0 write 0 1; 0 write 1 2; 0 write 16 3",
    cpus: ["0 touch 20 4 w; 0 write 0 5", "0 write 16 4; 0 write 2 6; 0 read 1"],
    boot: BOTH,
  },
};
