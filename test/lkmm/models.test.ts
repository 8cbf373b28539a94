/** What each model allows, the strongest first. */
import { describe, expect, it } from "vitest";
import { MODELS, type ModelName } from "../../dist/lkmm/rules.js";
import { decided, loadBuffering, messagePassing, program, storeBuffering } from "./programs.js";

/** The models that allow the state of the test's condition. */
function allowing(text: string): ModelName[] {
  return MODELS.filter((model) => decided(text, model).verdict !== "Never");
}

/** Four processes: two writers, and two readers that see the writes in different orders. */
const independentReads = (between: string) =>
  program(
    "",
    [
      "WRITE_ONCE(*x, 1);",
      "WRITE_ONCE(*y, 1);",
      `int r0 = READ_ONCE(*x); ${between} int r1 = READ_ONCE(*y);`,
      `int r0 = READ_ONCE(*y); ${between} int r1 = READ_ONCE(*x);`,
    ],
    "exists (2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0)",
  );

/** A process passes on what it has read of another, with something between. */
const passedOn = (between: string, reader = "smp_rmb();") =>
  program(
    "",
    [
      "WRITE_ONCE(*x, 1);",
      `int r0 = READ_ONCE(*x); ${between} WRITE_ONCE(*y, r0);`,
      `int r0 = READ_ONCE(*y); ${reader} int r1 = READ_ONCE(*x);`,
    ],
    "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)",
  );

const dependentRead = (between: string) =>
  program(
    "p=y;",
    [
      "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*p, x);",
      `int *r0 = READ_ONCE(*p); ${between} int r1 = READ_ONCE(*r0);`,
    ],
    "exists (1:r0=x /\\ 1:r1=0)",
  );

describe("the models that allow", () => {
  const weak: ModelName[] = ["lkmm", "alpha", "pairwise"];
  it.each<[string, string, readonly ModelName[]]>([
    ["store buffering", storeBuffering(""), ["tso", "pso", ...weak]],
    ["store buffering with full barriers", storeBuffering("smp_mb();"), []],
    [
      "two writes out of order",
      messagePassing(
        "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);",
        "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);",
      ),
      ["pso", ...weak],
    ],
    [
      "two reads out of order",
      messagePassing(
        "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1);",
        "int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x);",
      ),
      weak,
    ],
    [
      "load buffering",
      loadBuffering(
        "int r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);",
        "int r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1);",
      ),
      weak,
    ],
    ["a dependent read of an old value", dependentRead(""), ["alpha"]],
    ["a dependent read behind its barrier", dependentRead("smp_read_barrier_depends();"), []],
    ["a dependent read behind a read barrier", dependentRead("smp_rmb();"), []],
    ["a write that one process passes on", passedOn(""), weak],
    ["a write passed on behind a full barrier", passedOn("smp_mb();"), ["pairwise"]],
    ["independent reads with read barriers", independentReads("smp_rmb();"), weak],
    ["independent reads with full barriers", independentReads("smp_mb();"), ["pairwise"]],
  ])("%s", (_, text, expected) => {
    expect(allowing(text)).toEqual(expected);
  });

  it("nothing that a weaker model forbids, for the first four", () => {
    const texts = [storeBuffering(""), passedOn(""), independentReads("smp_rmb();"), dependentRead("")];
    for (const text of texts) {
      const order: readonly ModelName[] = ["sc", "tso", "pso", "lkmm"];
      const states = order.map(
        (model) => decided(text, model, [], true).states?.map((state) => state.text) ?? [],
      );
      for (const [weaker, stronger] of [
        [1, 0],
        [2, 1],
        [3, 2],
      ] as const)
        expect(states[weaker]).toEqual(expect.arrayContaining([...(states[stronger] ?? [])]));
    }
  });
});

describe("RCU under every model", () => {
  it("a grace period waits for the readers", () => {
    const text = program(
      "",
      [
        "rcu_read_lock(); WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*y); rcu_read_unlock();",
        "WRITE_ONCE(*y, 1); synchronize_rcu(); int r0 = READ_ONCE(*x);",
      ],
      "exists (0:r0=0 /\\ 1:r0=0)",
    );
    expect(allowing(text)).toEqual([]);
  });
});
