/** The race between merging and a scan. Scenarios run it with scans that take different locks. */
import type { Scenario } from "./scenario.js";

/** Merges equal pages and makes them private again while other CPUs run `scan N` with the word `how`. */
export function mergeRace(
  how: string,
): Pick<Scenario, "watch" | "setup" | "cpus" | "others" | "repeat" | "finish"> {
  const scan = (times: number) => `scan ${times} ${how}`.trim();
  return {
    watch: ["I5", "I13"],
    setup: `
    0 mmap 0 4 rw private anon
    0 madvise 0 4 mergeable
    0 write 0 7
    0 write 1 7
    0 write 2 7
    0 write 3 7`,
    cpus: [
      `ksm
     0 write 0 7
     0 write 1 7
     0 write 2 7
     0 write 3 7`,
      scan(3),
      scan(3),
    ],
    others: scan(2),
    repeat: 4,
    finish: `
    0 expect 0 7
    0 expect 1 7
    0 expect 2 7
    0 expect 3 7`,
  };
}
