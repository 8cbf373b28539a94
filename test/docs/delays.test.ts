/** The delay points of the sources against their names in layout.ts. */

import { expect, it } from "vitest";
import { loadVariants } from "../../dist/scenario/variant.js";
import { filesBelow, root, textOf } from "../support/pages.js";

/** Names of delay points with their numbers, as a layout.ts declares them. */
function namesIn(file: string): { name: string; number: number }[] {
  const found = textOf(file).matchAll(/^export const (DELAY_\w+): u32 = (\d+);/gm);
  return [...found].map(([, name = "", number]) => ({ name, number: Number(number) }));
}

/** The sites of all calls in some files. */
function callsIn(files: readonly string[]): string[] {
  return files.flatMap((file) =>
    [...textOf(file).matchAll(/\bdelayPoint\((?!site: u32)([^()]*)/g)].map(([, site = ""]) => site),
  );
}

const NAMES = namesIn("assembly/layout.ts");
const CALLS = callsIn([...filesBelow("assembly", ".ts"), ...filesBelow("overlays", ".ts")]);
const VARIANTS = filesBelow("variants", ".ts");

it("each call names its site", () => {
  expect(CALLS.length).toBeGreaterThan(10);
  for (const site of CALLS) expect(site).toMatch(/^DELAY_/);
});

it("each name has a number of its own and exactly one place", () => {
  expect(new Set(NAMES.map(({ number }) => number)).size).toBe(NAMES.length);
  expect([...CALLS].sort()).toEqual(NAMES.map(({ name }) => name).sort());
});

it("each call in a variant names its site", () => {
  const calls = callsIn(VARIANTS);
  expect(calls.length).toBeGreaterThan(40);
  // A walk of an empty list goes through eight sites in a loop.
  expect(calls.filter((site) => !/^DELAY_|^site$/.test(site))).toEqual([]);
});

it("a variant's names have numbers of their own, and places", async () => {
  for (const { name: variant, layers } of await loadVariants()) {
    const folders = layers.map((folder) => folder.slice(root.length));
    const isOf = (file: string) => folders.some((folder) => file.startsWith(`${folder}/`));
    const files = VARIANTS.filter(isOf);
    const own = files.filter((file) => file.endsWith("/layout.ts")).flatMap(namesIn);
    const numbers = [...NAMES, ...own].map(({ number }) => number);
    expect(
      numbers.filter((number, at) => numbers.indexOf(number) !== at),
      variant,
    ).toEqual([]);
    const text = files
      .filter((file) => !file.endsWith("/layout.ts"))
      .map(textOf)
      .join("\n");
    expect(
      own.filter(({ name }) => !text.includes(name)),
      variant,
    ).toEqual([]);
  }
});
