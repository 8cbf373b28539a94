/** The delay points of the sources against their names in layout.ts. */

import { expect, it } from "vitest";
import { filesBelow, textOf } from "../support/pages.js";

const NAMES = [...textOf("assembly/layout.ts").matchAll(/^export const (DELAY_\w+): u32 = (\d+);/gm)];
const CALLS = [...filesBelow("assembly", ".ts"), ...filesBelow("overlays", ".ts")].flatMap((file) =>
  [...textOf(file).matchAll(/\bdelayPoint\((?!site: u32)([^)]*)\)/g)].map(([, site]) => site as string),
);

it("each call names its site", () => {
  expect(CALLS.length).toBeGreaterThan(10);
  for (const site of CALLS) expect(site).toMatch(/^DELAY_/);
});

it("each name has a number of its own and exactly one place", () => {
  expect(new Set(NAMES.map(([, , number]) => number)).size).toBe(NAMES.length);
  expect([...CALLS].sort()).toEqual(NAMES.map(([, name]) => name as string).sort());
});
