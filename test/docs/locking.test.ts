/** docs/locking.md against the sources: the lock order, and the races that are meant. */

import { expect, it } from "vitest";
import { filesBelow, tableRows, textOf } from "../support/pages.js";

const PAGE = "docs/locking.md";

/** Lock classes of layout.ts, outermost first. */
function lockClasses(): string[] {
  return [...textOf("assembly/layout.ts").matchAll(/^export const (LOCK_\w+): u32 = (\d+);/gm)]
    .sort(([, , a], [, , b]) => Number(a) - Number(b))
    .map(([, name]) => name as string);
}

it("has every lock class, in the engine's order", () => {
  const [, ...rows] = tableRows(PAGE, "Lock order");
  expect(rows.map(([name]) => name)).toEqual(lockClasses());
});

it("draws every lock class in the sources, in the engine's order", () => {
  const drawn = [...textOf("assembly/rmap/anon_vma.ts").matchAll(/^ \* ( +)(LOCK_\w+) {2,}\S/gm)];
  expect(drawn.map(([, , name]) => name)).toEqual(lockClasses());
  // Each stands further in than the one above it.
  expect(drawn.map(([, indent]) => indent?.length)).toEqual(drawn.map((_, i) => 2 + 2 * i));
});

it("has a row for every RACE comment", () => {
  const [, ...rows] = tableRows(PAGE, "Races that are meant");
  const told = rows.map(([file]) => file as string);
  const meant = filesBelow("assembly", ".ts").flatMap((file) =>
    [...textOf(file).matchAll(/\bRACE:/g)].map(() => file),
  );
  expect(meant.length).toBeGreaterThan(0);
  expect(told, `${PAGE}: one row for each RACE comment, in the order of the paths`).toEqual(meant);
  for (const [file, race, argument] of rows) expect(race && argument, file).toBeTruthy();
});
