/**
 * Makes up programs about a crowd: more pages at once than any list of the engine holds that gathers pages before it acts on
 * all of them.
 */

import type { Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import { type Source, sourceOf } from "./program.js";

/** Pages of the crowd, at least, and how many more: they need two page tables, three or four, or five. */
const LEAST = [520, 1030, 2060] as const;
const MORE = [80, 560, 60] as const;
/** Operations behind the first store to each page. */
const MOST_OPERATIONS = 6;
/** Where the crowd moves: in other tables. */
const AWAY = 4096;
/** Pages that reclaim is asked for, at most. */
const MOST_RECLAIMED = 64;

/** A program about a crowd: it depends on nothing but the dice. */
export function crowdProgram(dice: Dice): Source {
  return sourceOf(crowdOf(dice));
}

function crowdOf(dice: Dice): readonly Operation[] {
  const process = 0;
  const size = dice.below(LEAST.length);
  const pages = (LEAST[size] as number) + dice.below(MORE[size] as number);
  const first: Operation[] = [
    {
      ...({ kind: "mmap", process, page: 0, pages, prot: "rw" } as const),
      ...({ shared: false, backing: "anon", stack: false } as const),
    },
    { kind: "touch", process, page: 0, pages, write: true },
    { kind: "write", process, page: 0, value: 1n },
    { kind: "write", process, page: pages - 1, value: 2n },
  ];
  let child = 1;
  const next = (): Operation => {
    const whole = dice.once(2);
    const page = whole ? 0 : dice.below(pages >> 1);
    const range = { process: dice.below(child), page, pages: whole ? pages : pages - page - dice.below(16) };
    switch (dice.below(10)) {
      case 0:
        return child < 3
          ? { kind: "fork", process: range.process, child: child++ }
          : { ...range, kind: "touch", write: true };
      case 1:
        return { ...range, kind: "munmap" };
      case 2:
        return { ...range, kind: "mremap", newPages: range.pages, to: AWAY + page, keep: dice.once(4) };
      case 3:
        return { ...range, kind: "mprotect", prot: dice.pick(["r", "rw", "none"]) };
      case 4:
        return { ...range, kind: "touch", write: dice.once(2) };
      case 5:
        return { kind: "reclaim", pages: dice.below(MOST_RECLAIMED) };
      case 6:
        return dice.once(2) ? { ...range, kind: "mlock" } : { ...range, kind: "migrate" };
      default:
        return {
          ...range,
          kind: "madvise",
          advice: dice.pick(["dontneed", "dontneed", "free", "pageout", "cold"]),
        };
    }
  };
  const rest = Array.from({ length: 1 + dice.below(MOST_OPERATIONS) }, next);
  return [...first, ...rest];
}
