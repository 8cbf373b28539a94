import { describe, expect, it } from "vitest";
import { printAnswer } from "../../src/ops/outcome.js";

describe("printAnswer", () => {
  it("keeps 64-bit values exact", () => {
    const procs = {
      "0": { vmas: [[0, 1, "rw-p", null]], pages: [[0, 0, 1, "AX", 2n ** 64n - 1n]] },
    } as const;
    const text = printAnswer({ results: [0, "SEGV"], dumps: [{ at: 2, procs }] }, { engine: "x" });
    expect(text).toContain('[0,0,1,"AX",18446744073709551615]');
    expect(JSON.parse(text)).toMatchObject({ engine: "x", results: [0, "SEGV"], dumps: [{ at: 2 }] });
  });
});
