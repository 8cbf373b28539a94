/** The counters of a module that was built to count: see src/build/cover.ts. */

/** The name of a counter, and of its export, is this and its number. */
export const COUNTER = "__cover";

/** How often each counter of an instance ran, by number. Empty for a module without counters. */
export function countsOf(exports: object): number[] {
  const all = exports as Readonly<Record<string, WebAssembly.Global | undefined>>;
  const counts: number[] = [];
  for (let number = 0; ; number++) {
    const counter = all[`${COUNTER}${number}`];
    if (counter === undefined) return counts;
    counts.push((counter.value as number) >>> 0);
  }
}
