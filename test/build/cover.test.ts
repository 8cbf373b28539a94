/** Counters in declarations: each branch counts for itself, also within an expression. */

import { expect, it } from "vitest";
import { compileSources } from "../../dist/build/compiler.js";
import { CoverPass } from "../../dist/build/cover.js";
import { COUNTER } from "../../dist/wasm/counts.js";

const TEXT = `export function f(a: i32, b: i32): i32 {
  if (a > 0 && b > 0) return 1;
  const c = a > 0 || b > 0 ? a : b;
  for (let i = 0; i < 3; i++) {
    if (i == a) break;
  }
  return c;
}

export function other(): i32 {
  return 1 ? 2 : 3;
}
`;

it("counts what ran, of the chosen declarations only", async () => {
  const sources = new Map([["a.ts", { file: "a.ts", text: TEXT, pieces: [] }]]);
  const cover = await CoverPass.of(sources, [{ path: "a.ts", names: ["f"] }]);
  const { transform } = cover;
  const { wasm } = await compileSources(sources, "a.ts", { runtime: "stub" }, { transform });
  const { instance } = await WebAssembly.instantiate(wasm as Uint8Array<ArrayBuffer>, {
    env: { abort: () => {} },
  });
  const exports = instance.exports as Record<string, WebAssembly.Global> & {
    f(a: number, b: number): number;
  };
  const counts = () =>
    Object.fromEntries(
      cover.sites.map(({ kind, line, text }, site) => [
        `${line} ${kind} ${text}`.trim(),
        exports[`${COUNTER}${site}`]?.value as number,
      ]),
    );
  expect(exports.f(0, -5)).toBe(-5);
  expect(counts()).toEqual({
    "1 entry": 1,
    "2 and a > 0": 0,
    "2 then a > 0 && b > 0": 0,
    "2 else a > 0 && b > 0": 1,
    "3 or a > 0": 1,
    "3 then a > 0 || b > 0": 0,
    "3 else a > 0 || b > 0": 1,
    "4 loop i < 3": 1,
    "5 then i == a": 1,
    "5 else i == a": 0,
  });
  expect(exports.f(2, 0)).toBe(2);
  expect(exports.f(2, 9)).toBe(1);
  expect(counts()).toMatchObject({
    "1 entry": 3,
    "2 and a > 0": 2,
    "2 then a > 0 && b > 0": 1,
    "3 or a > 0": 1,
    "3 then a > 0 || b > 0": 1,
    "4 loop i < 3": 4,
  });
});
