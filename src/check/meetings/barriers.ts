/**
 * Meetings about full barriers: each of two CPUs sets its own mark before it looks at the other's. Where a barrier is
 * missing, both may miss the other's mark: only a weak memory model shows that. So they are small, and run in one too.
 */

import type { MeetingText } from "./meeting-text.js";

/** A page of its own. */
const PAGE = "0 mmap 0 1 rw private anon; 0 write 0 1";
/** Two equal pages that may merge. */
const TWINS = "0 mmap 0 3 rw private anon; 0 madvise 0 3 mergeable; 0 write 0 5; 0 write 1 5; reclaim 0";
/** A pinned page stays the one that its process stores to. */
const PIN = "0 hold 0 r; 0 write 0 7; 0 release 7";
/** The same, for a page whose entry may have lost that nobody shares it: a fork is what shares it. */
const PIN_AND_FORK = "0 hold 0 r; 0 fork 1; 0 write 0 7; 0 release 7";

/** By name. */
export const BARRIERS: Readonly<Record<string, MeetingText>> = {
  "a page is pinned while it goes to swap": {
    setup: `${PAGE}; reclaim 0`,
    cpus: [PIN_AND_FORK, "0 madvise 0 1 pageout"],
  },
  "a page is pinned while it is reclaimed": {
    setup: `${PAGE}; reclaim 0; scan 1; reclaim 1`,
    cpus: [PIN_AND_FORK, "reclaim 1; reclaim 1"],
  },
  "a page is pinned while it is dropped": {
    setup: `${PAGE}; 0 madvise 0 1 free; reclaim 0`,
    cpus: [PIN, "0 madvise 0 1 pageout"],
  },
  "a page is pinned while it moves": {
    setup: `${PAGE}; reclaim 0`,
    cpus: [PIN_AND_FORK, "0 migrate 0 1"],
  },
  "a page is pinned while it is compacted": {
    setup: `${PAGE}; reclaim 0`,
    cpus: [PIN_AND_FORK, "compact 1"],
  },
  "a page is pinned while a child gets it": { setup: `${PAGE}; reclaim 0`, cpus: [PIN, "0 fork 1"] },
  "a page is pinned while it merges": { setup: TWINS, cpus: [PIN, "ksm"] },
};
