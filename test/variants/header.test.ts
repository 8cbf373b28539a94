/** Each file of a variant tells in its header what it has that the engine's has not, and when that was. */
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { filesBelow, root, textOf } from "../support/pages.js";

/** A year, a release of Linux, or a commit. */
const CITATION = /\b20\d\d\b|Linux \d|\b[0-9a-f]{12}\b/;

/** The comment that a file begins with; empty without one. */
function headerOf(path: string): string {
  return /^\/\*\*.*?\*\//s.exec(textOf(path))?.[0] ?? "";
}

const files = filesBelow("variants", ".ts");

it("there are files of variants", () => {
  expect(files.length).toBeGreaterThan(58);
});

it("every file of a variant cites what it is after", () => {
  expect(files.filter((path) => !CITATION.test(headerOf(path)))).toEqual([]);
});

it("no file of a variant has the header of the engine's file", () => {
  const same = files.filter((path) => {
    const engines = path.replace(/^variants\/[^/]+/, "assembly");
    return existsSync(`${root}/${engines}`) && headerOf(path) === headerOf(engines);
  });
  expect(same).toEqual([]);
});
