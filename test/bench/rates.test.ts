/** No figure of a benchmark is no number, however little was measured. */
import { describe, expect, it } from "vitest";
import { ClockedRow } from "../../dist/bench/clocked.js";
import { ratiosOf } from "../../dist/bench/ratios.js";
import { benchRow, rateOf } from "../../dist/bench/result.js";
import { EnvironmentError } from "../../dist/index.js";

describe("a rate", () => {
  it("is operations by seconds", () => expect(rateOf(10, 0.5)).toBe(20));

  it.each([
    [0, 0],
    [0, 1],
    [10, 0],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])("is none of %d operations in %d seconds", (operations, seconds) => {
    expect(() => rateOf(operations, seconds)).toThrow(EnvironmentError);
  });

  it.each([[[]], [[1, 0]], [[Number.NaN]], [[Number.POSITIVE_INFINITY]]])("is in a row, not %j", (rates) => {
    expect(() => benchRow({ name: "fault", engine: "wasm", cpus: 1 }, rates)).toThrow();
  });
});

it("compares turns that both sides have", () => {
  const few = benchRow({ name: "fault", engine: "native-c", cpus: 1 }, [100]);
  const many = benchRow({ name: "fault", engine: "wasm", cpus: 1 }, [200, 300, 400]);
  expect(ratiosOf([many, few])).toEqual({ "fault:wasm/native-c": 2 });
});

it("is there of every CPU, also when others end a run before it begins", async () => {
  const row = await ClockedRow.create("fault-unmap", 4, false);
  try {
    const subject = row.subject(4);
    // So short that the first CPU is through with it while the others still start.
    for (let run = 0; run < 50; run++) expect(await subject.measure(1e-9)).toBeGreaterThan(0);
  } finally {
    await row.dispose();
  }
});
