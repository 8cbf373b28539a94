/** No test is about time: on a machine that others keep busy it passes as well, only later. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/pages.js";

/** What gives a test a time of its own, or has it wait for one. */
const TIMES: readonly (readonly [RegExp, string])[] = [
  [
    /\b(?:timeout|hookTimeout|testTimeout): (?!PATIENCE\b)/,
    "a timeout: the one of all is in vitest.config.ts",
  ],
  [/^\s*\}, [\d_]+\);/m, "a timeout: the one of all is in vitest.config.ts"],
  [/"--seconds", "[\d.]+"/, "seconds of stress: give --rounds"],
  [/\bseconds: [\d.]+ \}/, "seconds of a row: give rounds"],
  [
    // A turn of the event loop, 0, is no time.
    /\bset(?:Timeout|Interval)\((?![^;]*(?:\bPATIENCE\b|, 0\)))/,
    "a wait for time: wait for what is to happen (until, in test/support/patience.ts)",
  ],
  [/expect\([^;]*performance\.now\(\)/, "a bound of time: count what is done"],
];
const own = "docs/patience.test.ts";

it("every test waits for events, and bounds work", () => {
  const folder = join(root, "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const tests = files.filter((file) => file.endsWith(".test.ts") && file !== own);
  expect(tests.length).toBeGreaterThan(50);
  const found = tests.flatMap((file) => {
    // A comment that begins with TIME: says of the next line why it is right.
    const text = readFileSync(join(folder, file), "utf8").replace(/^ *\/\/ TIME: .*\n.*\n/gm, "");
    return TIMES.filter(([time]) => time.test(text)).map(([, what]) => `test/${file} has ${what}`);
  });
  expect(found).toEqual([]);
});
