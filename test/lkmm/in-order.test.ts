/** The view machine gives the states that the axioms allow, apart from load buffering. */
import { describe, expect, it } from "vitest";
import { VIEW_MODELS } from "../../dist/views/rules.js";
import { compared } from "./machine.js";
import { program } from "./programs.js";

const W = (at: string, value: number | string) => `WRITE_ONCE(*${at}, ${value});`;
const R = (register: string, at: string) => `int ${register} = READ_ONCE(*${at});`;

/** Shapes with a hole: what stands between two accesses of a process. */
const SHAPES: Readonly<Record<string, (between: string) => string>> = {
  MP: (b) =>
    program(
      "",
      [`${W("x", 1)} ${b} ${W("y", 1)}`, `${R("r0", "y")} ${b} ${R("r1", "x")}`],
      "exists (1:r0=1 /\\ 1:r1=0)",
    ),
};

describe.each(VIEW_MODELS)("%s", (model) => {
  it.each(Object.entries(SHAPES))("%s", (_, shape) => {
    for (const between of ["", "smp_mb();", "smp_rmb();", "smp_wmb();"])
      expect(compared(shape(between), model).kind).toBe("agree");
  });
});
