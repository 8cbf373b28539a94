/** How rows of one run are compared: turn by turn, so that a slow spell of the machine cancels out. */
import { describe, expect, it } from "vitest";
import { ratiosOf } from "../../dist/bench/ratios.js";
import { benchRow } from "../../dist/bench/result.js";

/** The machine's speed in each turn: slow for most of them. */
const SPELL = [1, 0.5, 0.5, 1, 0.5];
const spelled = (rate: number) => SPELL.map((speed) => rate * speed);

describe("ratios", () => {
  it("sees through a spell that met both sides", () => {
    const ratios = ratiosOf([
      benchRow({ name: "fault", engine: "wasm", cpus: 1 }, spelled(300)),
      benchRow({ name: "fault", engine: "native-c", cpus: 1 }, spelled(200)),
    ]);
    expect(ratios).toEqual({ "fault:wasm/native-c": 1.5 });
  });

  it("holds the scaling of each turn against what the machine gave in that turn", () => {
    const two = [1.9, 1.0, 1.1, 1.8, 1.2].map((scaling, turn) => scaling * (spelled(100)[turn] ?? 0));
    const machineScaling = [1.9, 1.0, 1.1, 1.8, 1.2];
    const ratios = ratiosOf([
      benchRow({ name: "fault", engine: "wasm", cpus: 1 }, spelled(100)),
      benchRow({ name: "fault", engine: "wasm", cpus: 2, machineScaling }, two),
    ]);
    expect(ratios["fault:2/1"]).toBeCloseTo(1.2);
    expect(ratios["fault:2/1:of-calibrate"]).toBeCloseTo(1);
  });

  it("says nothing of the machine where it was not measured, nor of peers that are not there", () => {
    const rows = [1, 2].map((cpus) => benchRow({ name: "fault", engine: "wasm", cpus }, [100 * cpus]));
    expect(ratiosOf(rows)).toEqual({ "fault:2/1": 2 });
  });

  it("compares time for a mapping, not rates, where the tree grows", () => {
    const walk = (size: number, rate: number) =>
      benchRow({ name: `rmap-walk-unrelated-${size}`, engine: "wasm", cpus: 1 }, [rate]);
    expect(ratiosOf([walk(10, 300), walk(10000, 200)])).toEqual({
      "rmap-walk-unrelated:10000/10": 1.5,
    });
  });
});
