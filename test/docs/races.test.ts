/** docs/races.md against the reader of `.race` files. */
import { expect, it } from "vitest";
import { printOperation } from "../../dist/ops/print.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { blocks, textOf } from "../support/pages.js";

const PAGE = "docs/races.md";
const NAME = { file: PAGE, name: "example" };

it("has an example that is a race", () => {
  const [example = ""] = blocks(PAGE, "race");
  const { title, stress, explore } = parseRace(example, NAME);
  expect(title).toBe("Two CPUs drop the same memory");
  expect(stress.cpus.map(({ length }) => length)).toEqual([1, 18]);
  expect(explore?.cpus.map(({ length }) => length)).toEqual([1, 3]);
});

it("has a loop that can be read", () => {
  const [, indented = ""] = /^## Loops\n\n((?: {4}.*\n)+)/m.exec(textOf(PAGE)) ?? [];
  const { stress } = parseRace(`title t\ncpu\n${indented}`, NAME);
  expect(stress.cpus[0]?.map(printOperation).slice(0, 3)).toEqual([
    "0 write 0 100",
    "0 write 1 100",
    "0 write 2 102",
  ]);
});

it("has every key, and no other", () => {
  const table = textOf(PAGE).split("\n## How it is written")[1]?.split("\nA text goes on")[0] ?? "";
  const told = [...table.matchAll(/^\| `([a-z]+)/gm)].map(([, key]) => key as string);
  expect(told).toHaveLength(12);
  for (const key of told) expect(() => parseRace(key, NAME), key).not.toThrow(/there is no key/);
  expect(() => parseRace("nonsense", NAME)).toThrow(/there is no key/);
});
