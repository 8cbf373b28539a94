import { describe, expect, it } from "vitest";
import { generate, PROFILES } from "../../model/generate.js";
import { Model } from "../../model/model.js";
import { keepValid } from "../../src/ops/valid.js";
import { compareDumps, firstDisagreement, runDifferential } from "../support/disagreement.js";

describe("generate", () => {
  it.each(PROFILES)("%s: the same seed gives the same valid script", (profile) => {
    const ops = generate(7, profile);
    expect(generate(7, profile)).toEqual(ops);
    expect(generate(8, profile)).not.toEqual(ops);
    expect(keepValid(ops)).toEqual(ops);
    expect(ops.filter((op) => op.kind !== "dump").length).toBeGreaterThanOrEqual(200);
  });

  it("leaves out what it is told to", () => {
    const ops = generate(1, "all", { without: ["fork", "ksm"] });
    expect(ops.some((op) => op.kind === "fork" || op.kind === "ksm")).toBe(false);
  });
});

/** A model that forgets one thing: a write of the value 3 stores 4. */
class Wrong extends Model {
  override run(ops: Parameters<Model["run"]>[0]): ReturnType<Model["run"]> {
    return super.run(ops.map((op) => (op.kind === "write" && op.value === 3n ? { ...op, value: 4n } : op)));
  }
}

describe("runDifferential", () => {
  it("agrees with itself", () => {
    const { scripts, operations } = runDifferential(() => new Model(), { scripts: 16, profiles: PROFILES });
    expect(scripts).toBe(16);
    expect(operations).toBeGreaterThan(16 * 200);
  });

  it("tells the first difference and the shortest script", () => {
    const run = (): unknown => runDifferential(() => new Wrong(), { scripts: 20, profiles: ["cow"] });
    expect(run).toThrow(/profile cow, seed \d+: after operation 1 \(0 write \d+ 3\)/);
    expect(run).toThrow(/\[\d+,0,1,AX,3\] is missing\n.*\[\d+,0,1,AX,4\] should not be there/);
  });

  it("calls a machine that throws a disagreement", () => {
    class Broken extends Model {
      override dump(): never {
        throw new Error("no dump");
      }
    }
    const found = firstDisagreement(() => new Broken(), generate(1, "cow"));
    expect(found?.index).toBe(0);
    expect(found?.differences).toEqual(["the machine threw no dump"]);
  });

  it("names processes that are missing or too many", () => {
    const one = { at: 1, procs: { "0": { vmas: [], pages: [] } } };
    const none = { at: 1, procs: {} };
    expect(compareDumps(none, one)).toEqual(["process 0 is missing"]);
    expect(compareDumps(one, none)).toEqual(["process 0 should not exist"]);
  });
});
