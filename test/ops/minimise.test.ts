import { describe, expect, it } from "vitest";
import { generate } from "../../model/generate.js";
import { minimise } from "../../src/ops/minimise.js";
import { printScript } from "../../src/ops/print.js";
import { parseScript } from "../../src/ops/script.js";
import { keepValid } from "../../src/ops/valid.js";

describe("minimise", () => {
  it("finds the operations that matter, wherever they stand", () => {
    const ops = generate(5, "all");
    const wanted = [ops[3], ops[90], ops[ops.length - 2]];
    const short = minimise(ops, (c) => wanted.every((op) => op !== undefined && c.includes(op)));
    expect(short).toEqual(expect.arrayContaining(wanted));
    expect(short.every((op) => wanted.includes(op) || op.kind === "fork")).toBe(true);
  });

  it("gives only valid scripts to the test", () => {
    minimise(generate(9, "cow"), (candidate) => {
      expect(() => parseScript(printScript(candidate))).not.toThrow();
      return candidate.length > 20;
    });
  });

  it("stops when its tests are used up", () => {
    let tests = 0;
    minimise(generate(2, "all"), () => ++tests % 2 === 0, { maxTests: 10 });
    expect(tests).toBe(10);
  });
});

describe("keepValid", () => {
  it("drops what depends on a missing fork or follows an exit", () => {
    const ops = parseScript("0 fork 1\n1 fork 2\n2 read 0\n1 exit\n0 read 0\nksm");
    expect(printScript(keepValid(ops.slice(1)))).toBe("0 read 0\nksm\n");
    const exit = ops[3];
    expect(keepValid([...ops, ...(exit ? [exit] : [])])).toEqual(ops);
  });
});
