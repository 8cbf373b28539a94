/** JSON with exact 64-bit integers. */

import { describe, expect, it } from "vitest";
import { toJson } from "../../dist/report/json.js";

describe("toJson", () => {
  it("prints bigints as plain digits", () => {
    expect(toJson({ value: 2n ** 64n - 1n, list: [1n, 2] })).toBe(
      '{"value":18446744073709551615,"list":[1,2]}',
    );
  });

  it("agrees with JSON.stringify otherwise", () => {
    const value = { a: null, b: [true, "ü\n", -1.5, []], c: {}, d: undefined, e: Number.NaN, f: [undefined] };
    expect(toJson(value)).toBe(JSON.stringify(value));
    expect(JSON.parse(toJson(value, 2))).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it("indents, and keeps lists of plain values on one line", () => {
    expect(toJson({ rows: [[1, 2], { x: 1 }] }, 2)).toBe(
      '{\n  "rows": [\n    [1, 2],\n    {\n      "x": 1\n    }\n  ]\n}',
    );
  });
});
