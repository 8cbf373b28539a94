/** What a check says in the end. */

import { expect, it } from "vitest";
import { type Counted, changedOf } from "../../dist/build/counted.js";
import { verdictFor } from "../../dist/check/changed.js";

const site = { file: "mm/a.ts", line: 3 };
const sites = [
  { ...site, declaration: "one", kind: "entry", text: "" },
  { ...site, declaration: "one", kind: "then", text: "a == 0" },
  { ...site, declaration: "two", kind: "entry", text: "" },
] as const;

function report(runs: readonly number[]): Counted {
  return { runs, overlaps: new Map([["mm/a.ts one", 2]]) };
}

it("names what never ran, and adds up what the threads counted", () => {
  const changed = changedOf(sites, [report([4, 0, 0]), report([3, 1, 0])]);
  expect(changed).toEqual([
    {
      ...{ file: "mm/a.ts", declaration: "one", runs: 7, overlaps: 4 },
      branches: [{ line: 3, kind: "then", text: "a == 0", runs: 1 }],
    },
    { file: "mm/a.ts", declaration: "two", runs: 0, overlaps: 0, branches: [] },
  ]);
  expect(verdictFor(false, changed, true)).toEqual({
    verdict: "not exercised",
    notExercised: ["two in mm/a.ts"],
  });
  expect(verdictFor(true, changed, true).verdict).toBe("finding");
  // The engine as it is has parts that no program reaches.
  expect(verdictFor(false, changed, false)).toEqual({ verdict: "no finding", notExercised: [] });
});
