/** Small programs of findings, made by hand: what is missing in them, what closes them, and their litmus tests. */
import { describe, expect, it } from "vitest";
import { becauseOf } from "../../../dist/explore/judge/because.js";
import { allowingOf } from "../../../dist/explore/judge/choose.js";
import { closingsOf, type Order } from "../../../dist/explore/judge/closing.js";
import { litmusText } from "../../../dist/explore/judge/litmus-text.js";
import type { Shape, ShapeProcess, ShapeStep } from "../../../dist/explore/judge/shape.js";
import type { FenceKind } from "../../../dist/lkmm/event.js";
import type { ModelName } from "../../../dist/lkmm/rules.js";

type Process = readonly (Partial<ShapeStep> | FenceKind)[];

/** A shape of steps and of the barriers between them. */
function shape(
  processes: readonly Process[],
  orders: Readonly<Record<string, readonly (readonly [number, number])[]>>,
): Shape {
  return {
    processes: processes.map((lines, cpu): ShapeProcess => {
      const steps: ShapeStep[] = [];
      const fences: FenceKind[][] = [];
      let before: FenceKind[] = [];
      for (const line of lines) {
        if (typeof line === "string") before.push(line);
        else {
          steps.push({
            ...{ kind: "read", location: "x", order: "once", address: undefined, data: undefined },
            ...{ source: undefined, free: false, origin: 0 },
            ...line,
          });
          fences.push(before);
          before = [];
        }
      }
      return { cpu, steps, fences };
    }),
    orders: new Map(
      Object.entries(orders).map(([name, at]) => [name, at.map(([process, step]) => ({ process, step }))]),
    ),
  };
}

const write = (location: string, more: Partial<ShapeStep> = {}): Partial<ShapeStep> => ({
  kind: "write",
  location,
  ...more,
});
const read = (
  location: string,
  from?: readonly [number, number],
  more: Partial<ShapeStep> = {},
): Partial<ShapeStep> => ({
  location,
  source: from && { process: from[0], step: from[1] },
  ...more,
});

/** CPU 0 initialises and publishes, CPU 1 hands the pointer on, CPU 2 follows it and sees nothing. */
const handedOn = (...between: FenceKind[]) =>
  shape(
    [
      [write("field"), ...between, write("vma")],
      [read("vma", [0, 1]), write("page", { data: 0 })],
      [read("page", [1, 1]), read("field", undefined, { address: 0 })],
    ],
    { field: [[0, 0]], vma: [[0, 1]], page: [[1, 1]] },
  );

/** Two CPUs each store one word and look at the other one. */
const buffered = shape(
  [
    [write("x"), read("y")],
    [write("y"), read("x")],
  ],
  { x: [[0, 0]], y: [[1, 0]] },
);

/** The example of three CPUs with a barrier on both readers. */
const transitive = shape(
  [[write("x")], [read("x", [0, 0]), "mb", write("y")], [read("y", [1, 1]), "mb", read("x")]],
  { x: [[0, 0]], y: [[1, 1]] },
);

const told = ({ location }: ShapeStep) => ({ word: location, place: "here:1" });

describe("what is missing", () => {
  it.each<[string, Shape, ModelName, RegExp[]]>([
    [
      "a store that waits",
      handedOn(),
      "pso",
      [/^CPU 0's store to field \(here:1\) still waits when its store to vma/],
    ],
    [
      "a store that is late",
      handedOn(),
      "lkmm",
      [/^CPU 0's store to vma .* comes to another CPU before its store to field/],
    ],
    [
      "a pointer that is handed on without what was before it",
      handedOn("wmb"),
      "lkmm",
      [/^CPU 0's store to field .* not for a third CPU.*; and CPU 1's store to page .* does not take along/],
    ],
    [
      "on Alpha, the read behind the pointer",
      handedOn("mb"),
      "alpha",
      [/^CPU 2's read of field .* may see less than its read of page .* on Alpha an address/],
    ],
    [
      "a full barrier on both CPUs",
      buffered,
      "tso",
      [/^CPU 0's read of y .* is made before its store to x .* is seen/, /^CPU 1's read of x .* store to y/],
    ],
    [
      "on a pairwise machine, nothing that one CPU has",
      transitive,
      "pairwise",
      [/^CPU 1 hands on .* store to y/],
    ],
  ])("%s", (_, of, model, sentences) => {
    const said = becauseOf(of, model, told);
    expect(said).toHaveLength(sentences.length);
    for (const [nth, sentence] of sentences.entries()) expect(said[nth]).toMatch(sentence);
  });
});

/** The sets that close a shape in a model, as words. */
function closing(of: Shape, model: ModelName): string[] {
  const text = (order: Order) =>
    order.kind === "lock" ? `lock ${order.processes.join()}` : `${order.kind} ${order.process}.${order.step}`;
  return closingsOf(of, allowingOf(of))
    .filter(({ models }) => models.includes(model))
    .map(({ orders }) => orders.map(text).join(" + "))
    .sort();
}

describe("what closes", () => {
  it("a store that waits: any order between it and the next one", () => {
    expect(closing(handedOn(), "pso")).toEqual(
      expect.arrayContaining(["mb 0.1", "release 0.1", "wmb 0.1", "lock 0,1", "lock 0,2"]),
    );
  });

  it("a pointer that is handed on: a release there; on Alpha with a barrier at the reader, on a pairwise machine not", () => {
    expect(closing(handedOn("wmb"), "lkmm")).toEqual(expect.arrayContaining(["release 1.1", "mb 0.1"]));
    expect(closing(handedOn("wmb"), "alpha")).toEqual(expect.arrayContaining(["release 1.1 + rmb 2.1"]));
    expect(closing(handedOn("wmb"), "alpha")).not.toContain("release 1.1");
    expect(closing(handedOn("wmb"), "pairwise")).toContain("mb 0.1");
    expect(closing(handedOn("wmb"), "pairwise").filter((set) => /release/.test(set))).toEqual([]);
  });

  it("stores that wait on two CPUs: a full barrier on both, and no single one", () => {
    expect(closing(buffered, "tso")).toEqual(["lock 0,1", "mb 0.1 + mb 1.1"]);
  });

  it("a pairwise machine: no barrier", () => {
    expect(closing(transitive, "pairwise").every((set) => /lock/.test(set))).toBe(true);
    expect(closing(transitive, "lkmm")).toEqual([]);
  });
});

describe("the litmus test", () => {
  it("has pointers where an address was read, and the store of what was read", () => {
    const text = litmusText(handedOn("wmb"), { name: "x", comment: ["one", "two"] });
    expect(text).toBe(`C x
(*
 * one
 * two
 *)
{
  int nowhere;
  int field;
  int *vma = &nowhere;
  int *page = &nowhere;
}
P0(int *field, int **vma, int **page)
{
  WRITE_ONCE(*field, 1);
  smp_wmb();
  WRITE_ONCE(*vma, field);
}
P1(int *field, int **vma, int **page)
{
  int *r0 = READ_ONCE(*vma);
  WRITE_ONCE(*page, r0);
}
P2(int *field, int **vma, int **page)
{
  int *r0 = READ_ONCE(*page);
  int r1 = READ_ONCE(*r0);
}
exists (1:r0=field /\\ 2:r0=field /\\ 2:r1=0)
`);
  });

  it("has read-modify-writes, orders, and the last of several stores", () => {
    const exchanged = shape(
      [
        [{ kind: "modify", location: "x", order: "full" }, read("y", undefined, { order: "acquire" })],
        [
          write("y", { order: "release" }),
          { kind: "modify", location: "x", order: "once", source: { process: 0, step: 0 } },
        ],
      ],
      {
        x: [
          [0, 0],
          [1, 1],
        ],
        y: [[1, 0]],
      },
    );
    const text = litmusText(exchanged, { name: "x", comment: [] });
    expect(text).toMatch(/xchg\(x, 1\);\n {2}int r1 = smp_load_acquire\(y\);/);
    expect(text).toMatch(/smp_store_release\(y, 2\);\n {2}int r1 = xchg_relaxed\(x, 3\);/);
    expect(text).toContain("exists (0:r0=0 /\\ 0:r1=0 /\\ 1:r1=1 /\\ x=3)");
  });

  it("keeps a dependency for which the pointer points elsewhere", () => {
    const fields = shape(
      [
        [write("a"), write("b"), write("p")],
        [read("p", [0, 2]), read("a", undefined, { address: 0 }), read("b", undefined, { address: 0 })],
      ],
      { a: [[0, 0]], b: [[0, 1]], p: [[0, 2]] },
    );
    const text = litmusText(fields, { name: "x", comment: [] });
    expect(text).toContain("int r1 = READ_ONCE(*r0);");
    expect(text).toContain("int r2 = READ_ONCE(*(b + (r0 ^ r0)));");
    expect([...allowingOf(fields)]).toEqual(["pso", "lkmm", "alpha", "pairwise"]);
  });
});
