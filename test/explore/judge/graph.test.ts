/** The graph of a recorded execution, made by hand, and what the axioms say about it. */
import { describe, expect, it } from "vitest";
import { Access, parseHook } from "../../../dist/explore/access.js";
import { graphOf } from "../../../dist/explore/judge/graph.js";
import { Recording } from "../../../dist/explore/judge/recording.js";
import { verdictOn } from "../../../dist/explore/judge/verdict.js";
import type { ModelName } from "../../../dist/lkmm/rules.js";

const [X, Y, P, L, OWN] = [64, 128, 192, 256, 320];

/** One access: its CPU, its hook, its word; the store that it reads (0: what was there before); the store that it makes. */
type Line = readonly [
  cpu: number,
  name: string,
  at?: number,
  reads?: number | undefined,
  stores?: number | undefined,
];

/** The models that allow an execution. Stores land in the order in which they are made. An object lies at X, and P points to it. */
function allowing(
  lines: readonly Line[],
  orders: Readonly<Record<number, readonly number[]>> = {},
): ModelName[] {
  const recording = new Recording(3, 1024, (value) => (value >= X && value < X + 32 ? X : 0));
  for (const [cpu, name, at = 0, reads, stores] of lines) {
    const isLock = /lock/.test(name);
    const hook = parseHook(name);
    const access = new Access().set(hook, 1, at, isLock ? 1 : at === P ? X : 1, isLock ? 0xffffffff : 0);
    if (at === OWN) {
      recording.passed(cpu, access);
      continue;
    }
    recording.marked(cpu, access);
    if (reads !== undefined) recording.reads(at, reads);
    if (reads !== undefined && at === P && reads > 0) recording.saw(cpu, X);
    if (stores === undefined) continue;
    recording.stores(at, stores);
    if (orders[at] === undefined) recording.lands(at, stores);
  }
  for (const [at, stores] of Object.entries(orders))
    for (const store of stores) recording.lands(Number(at), store);
  const graph = graphOf(recording);
  return (["sc", "tso", "pso", "lkmm", "alpha", "pairwise"] as const).filter(
    (model) => verdictOn(graph, model).axiom === undefined,
  );
}

const WEAK = ["lkmm", "alpha", "pairwise"];

/** CPU 0 stores x, then y; CPU 1 sees y and not x. */
const passing = (write: string, between: readonly Line[], read: string, also: readonly Line[]) =>
  allowing([
    [0, "store32.once", X, undefined, 1],
    ...between,
    [0, write, Y, undefined, 2],
    [1, read, Y, 2],
    ...also,
    [1, "load32.once", X, 0],
  ]);

describe("a message is passed", () => {
  it.each<[string, readonly Line[], string, readonly Line[], readonly string[]]>([
    ["store32.once", [], "load32.once", [], ["pso", ...WEAK]],
    ["store32.once", [[0, "fence.write"]], "load32.once", [], WEAK],
    ["store32.once", [[0, "fence.read"]], "load32.once", [[1, "fence.read"]], ["pso", ...WEAK]],
    ["store32.once", [[0, "fence.write"]], "load32.once", [[1, "fence.read"]], []],
    ["store32.once", [[0, "fence.full"]], "load32.acquire", [], []],
    ["store32.release", [], "load32.acquire", [], []],
    ["store32.assign", [], "load32.once", [[1, "fence.full"]], []],
    // A read-modify-write of a word that nobody else touches is a full barrier all the same.
    ["store32.once", [[0, "add32.full", OWN]], "load32.acquire", [], []],
    ["store32.once", [[0, "or32.acquire", OWN]], "load32.acquire", [], ["pso", ...WEAK]],
  ])("%s %j %s %j", (write, between, read, also, allowed) => {
    expect(passing(write, between, read, also)).toEqual(allowed);
  });

  it("through the address, but not on Alpha; and there too where the read was rcu_dereference()", () => {
    const followed = (read: string) =>
      allowing([
        [0, "store32.once", X, undefined, 1],
        [0, "store32.release", P, undefined, 2],
        [1, read, P, 2],
        [1, "load32.once", X, 0],
      ]);
    expect(followed("load32.once")).toEqual(["alpha"]);
    expect(followed("load32.dereference")).toEqual([]);
  });

  it("through a lock: a spin lock and any other", () => {
    const locked = (take: string, give: string) =>
      allowing([
        [0, take, L, 0, 1],
        [0, "store32.once", X, undefined, 1],
        [0, give, L, 1, 2],
        [1, take, L, 2, 3],
        [1, "load32.once", X, 0],
      ]);
    expect(locked("lock32.acquire", "unlock32.release")).toEqual([]);
    expect(locked("or32.acquire", "and32.release")).toEqual([]);
    expect(locked("or32.acquire", "store32.once")).toEqual(["pso", ...WEAK]);
  });
});

it("a third CPU is behind a release in all models but pairwise", () => {
  const third = (order: string) =>
    allowing([
      [0, "store32.once", X, undefined, 1],
      [1, "load32.once", X, 1],
      [1, `store32.${order}`, Y, undefined, 1],
      [2, "load32.acquire", Y, 1],
      [2, "load32.once", X, 0],
    ]);
  expect(third("once")).toEqual(WEAK);
  expect(third("release")).toEqual(["pairwise"]);
});

describe("one location", () => {
  it("is coherent: nobody reads back in time", () => {
    const seen = (first: number, second: number) =>
      allowing([
        [0, "store32.once", X, undefined, 1],
        [1, "load32.once", X, first],
        [1, "load32.once", X, second],
      ]);
    expect(seen(0, 1)).toHaveLength(6);
    expect(seen(1, 0)).toEqual([]);
  });

  it("has no store between the two sides of a read-modify-write", () => {
    const exchanged = (order: readonly number[]) =>
      allowing(
        [
          [0, "add32.full", X, 0, 1],
          [1, "store32.once", X, undefined, 2],
        ],
        { [X]: order },
      );
    expect(exchanged([1, 2])).toHaveLength(6);
    expect(exchanged([2, 1])).toEqual([]);
  });

  it("has what never landed behind all that did", () => {
    expect(
      allowing(
        [
          [0, "store32.once", X, undefined, 1],
          [0, "store32.once", X, undefined, 2],
          [0, "load32.once", X, 2],
        ],
        { [X]: [1] },
      ),
    ).toHaveLength(6);
  });

  it("keeps the plain stores of a CPU to a word of its own that its read-modify-writes see", () => {
    expect(
      allowing([
        [0, "add32.full", X, 0, 1],
        [0, "store32.once", X, undefined, 2],
        [0, "add32.full", X, 2, 3],
      ]),
    ).toHaveLength(6);
  });
});

it("a failed cmpxchg orders nothing, and one that succeeds is a full barrier", () => {
  const buffered = (stores: number | undefined) =>
    allowing([
      [0, "store32.once", X, undefined, 1],
      [0, "cas32.full", P, 0, stores],
      [0, "load32.once", Y, 0],
      [1, "store32.once", Y, undefined, 1],
      [1, "fence.full"],
      [1, "load32.once", X, 0],
    ]);
  expect(buffered(undefined)).toEqual(["tso", "pso", ...WEAK]);
  expect(buffered(9)).toEqual([]);
});
