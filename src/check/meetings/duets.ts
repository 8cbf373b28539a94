/**
 * Duets: every change of two pages beside every other one, and beside itself. Other meetings bring more about; these leave out
 * no pair.
 */

import type { MeetingText } from "./meeting-text.js";
import { EQUAL } from "./rooms.js";

/** What a CPU does to pages 0 and 1. */
interface Voice {
  /** `child` is a number for a process that it may make. */
  readonly does: (child: number) => string;
  /** A word that it may leave in page 0, besides the one that is there. */
  readonly word?: number;
  /** What is true of its child in the end. */
  readonly finish?: (child: number) => string;
  /** The pages are no longer where they were. */
  readonly moves?: boolean;
}

/** By what it does. Each leaves page 1 alone, or does the same to it. */
const VOICES: Readonly<Record<string, Voice>> = {
  storing: { does: () => "0 read 0; 0 write 0 6; 0 read 1", word: 6 },
  dropping: { does: () => "0 madvise 0 2 dontneed", word: 0 },
  "giving away": { does: () => "0 madvise 0 2 free", word: 0 },
  "paging out": { does: () => "0 madvise 0 2 pageout; 0 read 1" },
  reclaiming: { does: () => "reclaim 4; reclaim 4" },
  scanning: { does: () => "scan 2" },
  migrating: { does: () => "0 migrate 0 2" },
  compacting: { does: () => "compact 6" },
  merging: { does: () => "ksm; ksm" },
  "ending swap": { does: () => "swapoff" },
  forking: {
    does: (child) => `0 fork ${child}; ${child} write 0 7`,
    finish: (child) => `${child} expect 0 7`,
  },
  "a short life": { does: (child) => `0 fork ${child}; ${child} read 0; ${child} exit` },
  pinning: { does: () => "0 hold 0 w; 0 device 4; 0 release", word: 4 },
  protecting: { does: () => "0 mprotect 1 1 r; 0 mprotect 1 1 rw" },
  locking: { does: () => "0 mlock 0 2; 0 munlock 0 1" },
  moving: { does: () => "0 mremap 0 2 2 16; 0 read 16", moves: true },
  unmapping: { does: () => "0 munmap 0 1", moves: true },
};

/** The word of all pages in the beginning. */
const FIRST = 5;

/** What must be true in the end. An `expect` takes two words at most. */
function finishOf(voices: readonly [Voice, Voice]): string {
  const ends = voices.flatMap(({ finish }, at) => finish?.(at + 1) ?? []);
  const words = [...new Set([FIRST, ...voices.flatMap(({ word }) => word ?? [])])];
  if (words.length <= 2 && !voices.some(({ moves }) => moves)) ends.push(`0 expect 0 ${words.join(" ")}`);
  ends.push("0 expect 2 5", "0 expect 3 6");
  return ends.join("; ");
}

/** Every pair, by its name. */
export function duets(): Readonly<Record<string, MeetingText>> {
  const all = Object.entries(VOICES);
  return Object.fromEntries(
    all.flatMap(([name, one], at) =>
      all.slice(at).map(([other, two]): [string, MeetingText] => [
        `${name} and ${other}`,
        {
          setup: `${EQUAL}; reclaim 0`,
          cpus: [one.does(1), two.does(2)],
          finish: finishOf([one, two]),
        },
      ]),
    ),
  );
}
