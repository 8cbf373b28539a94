/** What a misspelt name probably meant. */
import { expect, it } from "vitest";
import { didYouMean, editDistance, nearest, nearOf } from "../../src/text/nearest.js";

it.each([
  ["kitten", "sitting", 3],
  ["", "abc", 3],
  ["first-fualt", "first-fault", 1],
  ["same", "same", 0],
])("%s and %s are %i edits apart", (a, b, edits) => {
  expect(editDistance(a, b)).toBe(edits);
  expect(editDistance(b, a)).toBe(edits);
});

it("puts first what has the same words in another order, or the same name in another folder", () => {
  expect(nearest("prepareAnonVma", ["reuseAnonVma", "anonVmaPrepare", "prepareAnonVmb"])).toEqual([
    "anonVmaPrepare",
    "prepareAnonVmb",
    "reuseAnonVma",
  ]);
  expect(nearest("mm/prepare.ts", ["mm/compare.ts", "rmap/prepare.ts"], 1)).toEqual(["rmap/prepare.ts"]);
});

it("asks only about what is near", () => {
  expect(nearOf("frist-fault", ["first-fault", "grace-period"])).toBe("first-fault");
  expect(nearOf("nothing-like-it", ["first-fault", "grace-period"])).toBeUndefined();
  expect(didYouMean("grace", ["first-fault", "grace-period"])).toBe('did you mean "grace-period"? ');
  expect(didYouMean("x".repeat(1000), ["first-fault"])).toBe("");
});
