/** docs/dependencies.md against package.json. */

import { expect, it } from "vitest";
import { tableRows, textOf } from "../support/pages.js";

const {
  dependencies = {},
  devDependencies = {},
  optionalDependencies = {},
  peerDependencies = {},
} = JSON.parse(textOf("package.json")) as Record<string, Record<string, string> | undefined>;

it("says of every dependency what it is for", () => {
  const [, ...rows] = tableRows("docs/dependencies.md", "Dependencies");
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...peerDependencies };
  expect(rows.map(([name]) => name).sort()).toEqual(Object.keys(all).sort());
  for (const [name, needed, why] of rows) expect(needed && why, name).toBeTruthy();
});

it("has exact versions", () => {
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  }
});
