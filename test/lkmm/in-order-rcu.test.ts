/** RCU on the view machine: sections and grace periods, against the axioms, in shapes and in random tests. */
import { describe, expect, it } from "vitest";
import { notInOrder } from "../../dist/lkmm/in-order.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { VIEW_MODELS, type ViewModel } from "../../dist/views/rules.js";
import { count } from "../support/sample.js";
import { compared, possible } from "./machine.js";
import { program } from "./programs.js";
import { randomRcu } from "./random-rcu.js";

const SECTION = (body: string) => `rcu_read_lock(); ${body} rcu_read_unlock();`;

/** Shapes, and whether the condition can hold: in every model the same. */
const SHAPES: readonly [name: string, processes: readonly string[], condition: string, can: boolean][] = [
  [
    "a reader in a section sees both stores around a grace period in their order",
    [
      SECTION("int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y);"),
      "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0)",
    false,
  ],
  [
    "the other way round one section may not be on both sides of a grace period",
    [
      SECTION("int r1 = READ_ONCE(*y); int r0 = READ_ONCE(*x);"),
      "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0)",
    false,
  ],
  [
    "but two sections may",
    [
      `${SECTION("int r1 = READ_ONCE(*y);")} ${SECTION("int r0 = READ_ONCE(*x);")}`,
      "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0)",
    true,
  ],
  [
    "a grace period for two sections is too little",
    [
      SECTION("int r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);"),
      SECTION("int r0 = READ_ONCE(*y); WRITE_ONCE(*z, 1);"),
      "WRITE_ONCE(*x, 1); synchronize_rcu(); int r0 = READ_ONCE(*z);",
    ],
    "exists (0:r0=0 /\\ 1:r0=0 /\\ 2:r0=0)",
    true,
  ],
  [
    "store buffering with a section and a grace period",
    [
      SECTION("WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*y);"),
      "WRITE_ONCE(*y, 1); synchronize_rcu(); int r0 = READ_ONCE(*x);",
    ],
    "exists (0:r0=0 /\\ 1:r0=0)",
    false,
  ],
  [
    "what a third process passes on",
    [
      SECTION("int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x);"),
      "int r0 = READ_ONCE(*x); synchronize_rcu(); WRITE_ONCE(*y, 1);",
      "WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0 /\\ 1:r0=1)",
    false,
  ],
  [
    "what its process has read from a third one",
    [
      "WRITE_ONCE(*x, 1);",
      "int r0 = READ_ONCE(*x); synchronize_rcu(); int r1 = READ_ONCE(*y);",
      "WRITE_ONCE(*y, 1); smp_mb(); int r0 = READ_ONCE(*x);",
    ],
    "exists (1:r0=1 /\\ 1:r1=0 /\\ 2:r0=0)",
    false,
  ],
  [
    "a section within a section",
    [
      `rcu_read_lock(); ${SECTION("int r0 = READ_ONCE(*x);")} int r1 = READ_ONCE(*y); rcu_read_unlock();`,
      "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0)",
    false,
  ],
];

describe.each(VIEW_MODELS)("%s", (model) => {
  it.each(SHAPES)("%s", (_, processes, condition, can) => {
    const text = program("", processes, condition);
    expect(["agree", "load buffering"]).toContain(compared(text, model).kind);
    if (compared(text, model).kind === "agree") expect(possible(text, model)).toBe(can);
  });

  it("a grace period in a section waits for itself", () => {
    const text = program("", [SECTION("synchronize_rcu();"), "WRITE_ONCE(*x, 1);"], "exists (x=1)");
    expect(compared(text, model)).toEqual({ kind: "agree", states: [] });
    expect(possible(text, model)).toBe(false);
  });
});

it("a section without an end is none that the machine runs", () => {
  const text = (body: string) => parseLitmus(program("", [body, "synchronize_rcu();"], "exists (x=1)"), "t");
  expect(notInOrder(text("rcu_read_lock(); WRITE_ONCE(*x, 1);"))).toMatch(/critical section/);
  expect(notInOrder(text("WRITE_ONCE(*x, 1); rcu_read_unlock();"))).toMatch(/critical section/);
  expect(notInOrder(text(SECTION("WRITE_ONCE(*x, 1);")))).toBeUndefined();
});

const SEED = Number(process.env["RMAP_SEED"] ?? Date.now() % 2 ** 24);

it.each<ViewModel>(VIEW_MODELS)(`%s: random tests, RMAP_SEED=${SEED}`, (model) => {
  for (let nth = 0; nth < count(25, 600); nth++) {
    const text = randomRcu(SEED + nth);
    const { kind, states } = compared(text, model);
    expect({ seed: SEED + nth, kind, states, text }).toMatchObject({
      kind: expect.stringMatching(/^(agree|load buffering|too large)$/),
    });
  }
});
