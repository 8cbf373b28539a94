/**
 * The race between a CPU that drops a large range and another one that changes pages of it. Several scenarios run it.
 */
import type { Scenario } from "./scenario.js";

/** Pages of the range, in four tables: between two of them the dropping CPU holds no lock. */
const PAGES = 2048;
/** The pages that the other CPU changes. */
const CHANGED = 6;

/**
 * CPU 0 drops the whole range again and again. CPU 1 runs `change` for some pages of the first table. Its TLB already
 * has their entries then.
 */
export function dropRace(
  change: (page: number) => string,
): Pick<Scenario, "source" | "watch" | "setup" | "cpus" | "others" | "repeat"> {
  const drop = `0 madvise 0 ${PAGES} dontneed`;
  const turns = Array.from(
    { length: CHANGED },
    (_, page) => `0 write ${page} 5\n0 read ${page}\n0 read ${page}\n0 read ${page}\n${change(page)}`,
  );
  return {
    source:
      "Nadav Amit and Mel Gorman, linux-mm, July 2017; Minchan Kim, Linux 99baac21e458, “mm: fix MADV_[FREE|DONTNEED] TLB flush " +
      "miss problem”, August 2017",
    watch: ["I12"],
    setup: `
    0 mmap 0 ${PAGES} rw private anon
    0 touch 0 ${PAGES} w`,
    cpus: [Array(CHANGED).fill(drop).join("\n"), turns.join("\n")],
    // No other CPU may store to the pages, because a second value would hide what happened to the first.
    others: `${drop}\n${drop}`,
    repeat: 2,
  };
}

/** A value that no page ever holds, so that every successful read finds another value. */
export const NO_VALUE = 77;
