/** docs/memory-layout.md against the layout that the built engine carries. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeEngine } from "../../dist/build/index.js";
import { codeWords, root, tableRows } from "../support/pages.js";

const PAGE = "docs/memory-layout.md";
const { constants, structs } = describeEngine(readFileSync(join(root, "dist/engine.wasm"))).layout;

/** The structure that a word such as `Ctl.pageBase` names, and its field. */
function fieldOf(word: string): [string, string] | undefined {
  const [, struct, field] = /^([A-Z]\w+)\.([a-z]\w*)$/.exec(word) ?? [];
  return struct !== undefined && field !== undefined && struct in structs ? [struct, field] : undefined;
}

it("gives the sizes of the built engine", () => {
  const [, ...rows] = tableRows(PAGE, "Structures");
  expect(rows.length).toBeGreaterThan(5);
  for (const [name, bytes] of rows)
    expect(`${name}: ${structs[name as string]?.size}`).toBe(`${name}: ${bytes}`);
});

it.each(["Page", "Vma", "AnonVma", "AnonVmaChain", "OpRecord"])("gives the fields of %s", (name) => {
  const [, ...rows] = tableRows(PAGE, name);
  const told = rows.map(([offset, type, field]) => `${offset} ${type} ${field}`);
  const built = Object.entries(structs[name]?.fields ?? {}).map(
    ([field, { offset, type = "u32" }]) => `${offset} ${type} ${field}`,
  );
  expect(told).toEqual(built);
});

it("names fields and constants that exist", () => {
  for (const word of codeWords(PAGE)) {
    const [struct, field] = fieldOf(word) ?? [];
    if (struct !== undefined && field !== undefined)
      expect(Object.keys(structs[struct]?.fields ?? {}), word).toContain(field);
    if (/^[A-Z]+_[A-Z_]*[A-Z]$/.test(word)) expect(Object.keys(constants), word).toContain(word);
  }
});
