/**
 * What `npm test` runs of tests that are dear: fewer random inputs, and some rows of many, other ones each time. With
 * RMAP_TESTS=all, as `.ci/run` sets it, every test has its full count and all of its rows.
 */

/** Whether tests run whole. */
export const WHOLE = process.env["RMAP_TESTS"] === "all";

/** A count: `few` in `npm test`, `all` with RMAP_TESTS=all. */
export function count(few: number, all: number): number {
  return WHOLE ? all : few;
}

/**
 * So many of the rows, from the one on that RMAP_SEED chooses, or else the clock; all with RMAP_TESTS=all. Prints how to
 * run the same ones again. `file` is the test file, as vitest takes it.
 */
export function sample<Row>(rows: readonly Row[], few: number, file: string): readonly Row[] {
  if (WHOLE || few >= rows.length) return rows;
  const seed = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);
  console.log(`${few} of ${rows.length} rows; repeat with RMAP_SEED=${seed} npx vitest run ${file}`);
  return Array.from({ length: few }, (_, i) => rows[(seed + i) % rows.length] as Row);
}
