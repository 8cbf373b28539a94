/** Tests that are too deep, too large or too long: each ends in time, with a reason. */
import { describe, expect, it } from "vitest";
import { decideInSlices } from "../../dist/lkmm/decide.js";
import { expectedOf } from "../../dist/lkmm/expected.js";
import { UnsupportedError } from "../../dist/lkmm/lexer.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { decided, program } from "./programs.js";

const DEEP = 100_000;
const one = (body: string, condition = "exists (0:r0=1)", init = "") => program(init, [body], condition);

describe("a test that is too large is refused", () => {
  it.each([
    ["brackets", one(`int r0 = ${"(".repeat(DEEP)}1${")".repeat(DEEP)};`)],
    ["blocks", one("{".repeat(DEEP) + "}".repeat(DEEP))],
    ["brackets of a condition", one("", `exists ${"(".repeat(DEEP)}x=1${")".repeat(DEEP)}`)],
    ["terms of a condition", one("", `exists (${"x=1 /\\ ".repeat(DEEP)} x=1)`)],
    ["brackets of an initial value", one("", "exists (x=1)", `x = ${"(".repeat(DEEP)}1`)],
    ["elements", one("", "exists (x=1)", "int x[1000000000];")],
    ["a number", one("int r0 = 99999999999999999999;")],
  ])("%s", (_, text) => {
    expect(() => parseLitmus(text, "t")).toThrow(UnsupportedError);
  });

  it("a process that is not there", () => {
    expect(() => parseLitmus(one("", "exists (7:r0=1)"), "t")).toThrow("there is no process 7");
  });
});

describe("a test that takes too much is undecided", () => {
  it.each([
    ["a sum", one(`int r0 = 1${"+1".repeat(DEEP)};`), "nests too deep"],
    ["an endless loop", one("while (1) ;"), "goes round its loops too often"],
    [
      "nested loops",
      one("for (int i = 0; i < 900; i++) for (int j = 0; j < 900; j++) ;"),
      "goes round its loops too often",
    ],
    ["accesses", one("WRITE_ONCE(*x, 1);".repeat(1200)), "too many accesses"],
  ])("%s", (_, text, reason) => {
    const { verdict, reason: given } = decided(text);
    expect(verdict).toBe("undecided");
    expect(given).toContain(reason);
  });

  it.each([
    [
      "orders of writes",
      program(
        "",
        Array.from({ length: 12 }, (_, i) => `WRITE_ONCE(*x, ${i});`),
        "exists (x=99)",
      ),
    ],
    ["ways through a process", one("READ_ONCE(*x); WRITE_ONCE(*x, 1);".repeat(24))],
  ])("the time ends the search: %s", async (_, text) => {
    const { reason } = await decideInSlices(parseLitmus(text, "t"), {
      model: "lkmm",
      states: false,
      // TIME: the search has far more to do than a millisecond allows, on any machine.
      timeout: 1,
    });
    expect(reason).toBe("it takes longer than 0.001 s");
  });
});

describe("what C and herd7 mean", () => {
  it.each([
    ["int r0 = 1 << 40;", "0:r0=1099511627776"],
    ["int r0 = 5000000000 & 4294967296;", "0:r0=4294967296"],
    ["int r0 = 010;", "0:r0=8"],
    ["int r0 = 0; while (r0 < 5000) r0++;", "0:r0=5000"],
    ["int r0 = 1;", "0:r0<>2"],
    ["int r0 = 1;", "not (0:r0=1 \\/ 0:r0=2 => 0:r0=7)"],
  ])("%s %s", (body, condition) => {
    expect(decided(one(body, `exists (${condition})`)).verdict).toBe("Always");
  });
});

it("looks for the documented result in time that grows with the text", () => {
  expect(expectedOf(`${"\n".repeat(1_000_000)}(* Result: Never *)`).result).toBe("Never");
});
