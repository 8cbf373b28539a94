/** The view machine gives the states that the axioms allow, apart from load buffering. */
import { describe, expect, it } from "vitest";
import { VIEW_MODELS, type ViewModel } from "../../dist/views/rules.js";
import { compared, possible } from "./machine.js";
import { loadBuffering, program } from "./programs.js";

const W = (at: string, value: number | string) => `WRITE_ONCE(*${at}, ${value});`;
const R = (register: string, at: string) => `int ${register} = READ_ONCE(*${at});`;

/** The classic shapes. `a` stands between the two accesses of one process, `b` of another one. */
const SHAPES: Readonly<Record<string, (a: string, b: string) => string>> = {
  MP: (a, b) =>
    program(
      "",
      [`${W("x", 1)} ${a} ${W("y", 1)}`, `${R("r0", "y")} ${b} ${R("r1", "x")}`],
      "exists (1:r0=1 /\\ 1:r1=0)",
    ),
  SB: (a, b) =>
    program(
      "",
      [`${W("x", 1)} ${a} ${R("r0", "y")}`, `${W("y", 1)} ${b} ${R("r0", "x")}`],
      "exists (0:r0=0 /\\ 1:r0=0)",
    ),
  R: (a, b) =>
    program(
      "",
      [`${W("x", 1)} ${a} ${W("y", 1)}`, `${W("y", 2)} ${b} ${R("r0", "x")}`],
      "exists (y=2 /\\ 1:r0=0)",
    ),
  S: (a, b) =>
    program(
      "",
      [`${W("x", 2)} ${a} ${W("y", 1)}`, `${R("r0", "y")} ${b} ${W("x", 1)}`],
      "exists (x=2 /\\ 1:r0=1)",
    ),
  "2+2W": (a, b) =>
    program("", [`${W("x", 1)} ${a} ${W("y", 2)}`, `${W("y", 1)} ${b} ${W("x", 2)}`], "exists (x=1 /\\ y=1)"),
  WRC: (a, b) =>
    program(
      "",
      [W("x", 1), `${R("r0", "x")} ${a} ${W("y", 1)}`, `${R("r0", "y")} ${b} ${R("r1", "x")}`],
      "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)",
    ),
  ISA2: (a, b) =>
    program(
      "",
      [
        `${W("x", 1)} ${a} ${W("y", 1)}`,
        `${R("r0", "y")} ${b} ${W("z", 1)}`,
        `${R("r0", "z")} smp_rmb(); ${R("r1", "x")}`,
      ],
      "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)",
    ),
  "Z6.0": (a, b) =>
    program(
      "",
      [
        `${W("x", 1)} ${a} ${W("y", 1)}`,
        `${R("r0", "y")} smp_mb(); ${W("z", 1)}`,
        `${W("z", 2)} ${b} ${R("r1", "x")}`,
      ],
      "exists (1:r0=1 /\\ z=2 /\\ 2:r1=0)",
    ),
  IRIW: (a, b) =>
    program(
      "",
      [W("x", 1), W("y", 1), `${R("r0", "x")} ${a} ${R("r1", "y")}`, `${R("r0", "y")} ${b} ${R("r1", "x")}`],
      "exists (2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0)",
    ),
  CoRR: (a, b) =>
    program(
      "",
      [`${W("x", 1)} ${a} ${W("x", 2)}`, `${R("r0", "x")} ${b} ${R("r1", "x")}`],
      "exists (1:r0=2 /\\ 1:r1=1)",
    ),
};

const BETWEEN = [
  "",
  "smp_mb();",
  "smp_rmb();",
  "smp_wmb();",
  "int r9 = xchg(q, 1);",
  "spin_lock(l); spin_unlock(l);",
];

describe.each(VIEW_MODELS)("%s", (model) => {
  it.each(Object.entries(SHAPES))("%s, whatever stands between the accesses", (_, shape) => {
    for (const a of BETWEEN)
      for (const b of BETWEEN)
        expect([a, b, compared(shape(a, b), model)]).toEqual([a, b, { kind: "agree", states: [] }]);
  });

  it.each([
    [
      "a chain of releases",
      [
        "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
        "int r0 = smp_load_acquire(y); smp_store_release(z, 1);",
        "int r0 = smp_load_acquire(z); int r1 = READ_ONCE(*x);",
      ],
    ],
    [
      "read-modify-writes of each order",
      [
        "WRITE_ONCE(*x, 1); int r0 = xchg_release(y, 1);",
        "int r0 = cmpxchg_acquire(y, 1, 2); int r1 = READ_ONCE(*x);",
        "int r0 = atomic_fetch_add_relaxed(4, y); int r1 = READ_ONCE(*x);",
      ],
    ],
    [
      "an exchange that fails",
      [
        "WRITE_ONCE(*x, 1); int r0 = cmpxchg(y, 5, 6); int r1 = READ_ONCE(*z);",
        "WRITE_ONCE(*z, 1); smp_mb(); int r0 = READ_ONCE(*x);",
      ],
    ],
    [
      "critical sections, and a process that reads without the lock",
      [
        "spin_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); spin_unlock(l);",
        "spin_lock(l); int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x); spin_unlock(l);",
        "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);",
      ],
    ],
    [
      "a lock that may be taken",
      ["int r0 = spin_trylock(l); WRITE_ONCE(*x, r0);", "int r0 = spin_trylock(l); int r1 = READ_ONCE(*x);"],
    ],
  ])("%s", (_, processes) => {
    expect(compared(program("", processes, "exists (x=9)"), model)).toEqual({ kind: "agree", states: [] });
  });

  it("finds no load buffering, and nothing else is missing", () => {
    const text = loadBuffering(
      "int r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);",
      "int r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1);",
    );
    expect(compared(text, model)).toEqual({ kind: "load buffering", states: ["0:r0=1; 1:r0=1;"] });
  });
});

/** Makes an object, finds it, passes it on. `p` is where it is published, `q` where it is passed on. */
const PASSED = (
  maker: string,
  passer: string,
  user: string,
  init = "int h=0; int d=9; int *p=&d; int *q=&d;",
) => program(init, [maker, passer, user], "exists (1:r1=h /\\ 2:r2=h /\\ 2:r3=0)");
const MAKE = (between: string) => `WRITE_ONCE(*h, 1); ${between} WRITE_ONCE(*p, h);`;
const PASS = "int *r1 = READ_ONCE(*p); WRITE_ONCE(*q, r1);";
const USE = (between = "") => `int *r2 = READ_ONCE(*q); ${between} int r3 = READ_ONCE(*r2);`;

/** An object whose lock is made and taken before the object is published; `s` is its lock, `h` what the lock protects. */
const LOCKED = (make: string, passer: string, init = "int s=0; int d=0; int *p=&d; int *q=&d; int h=0;") =>
  program(
    init,
    [
      `${make} WRITE_ONCE(*p, s); WRITE_ONCE(*h, 1); spin_unlock(s);`,
      passer,
      "int *r2 = READ_ONCE(*q); spin_lock(r2); int r3 = READ_ONCE(*h); spin_unlock(r2);",
    ],
    "exists (1:r1=s /\\ 2:r2=s /\\ 2:r3=0)",
  );

describe("the shapes of publishing an object", () => {
  const weak: ViewModel[] = ["lkmm", "alpha", "pairwise"];
  const RELEASE = "int *r1 = READ_ONCE(*p); smp_store_release(q, r1);";
  it.each<[string, string, readonly ViewModel[]]>([
    ["no barrier", PASSED(MAKE(""), PASS, USE()), weak],
    ["a write barrier at the maker", PASSED(MAKE("smp_wmb();"), PASS, USE()), weak],
    [
      "and a release where it is passed on",
      PASSED(MAKE("smp_wmb();"), RELEASE, USE()),
      ["alpha", "pairwise"],
    ],
    ["and a read barrier at the user", PASSED(MAKE("smp_wmb();"), RELEASE, USE("smp_rmb();")), ["pairwise"]],
    [
      "three CPUs, no barrier at the second one",
      program(
        "",
        [
          "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1);",
          "int r1 = READ_ONCE(*y); WRITE_ONCE(*z, r1);",
          "int r2 = READ_ONCE(*z); smp_rmb(); int r3 = READ_ONCE(*x);",
        ],
        "exists (1:r1=1 /\\ 2:r2=1 /\\ 2:r3=0)",
      ),
      weak,
    ],
    ["its lock is taken, and the object is an old one", LOCKED("spin_lock(s);", PASS), []],
    ["its lock is taken, and the object is new", LOCKED("WRITE_ONCE(*s, 0); spin_lock(s);", PASS), weak],
    ["and a full barrier behind its making", LOCKED("WRITE_ONCE(*s, 0); smp_mb(); spin_lock(s);", PASS), []],
    [
      "and a full barrier behind taking the lock",
      LOCKED("WRITE_ONCE(*s, 0); spin_lock(s); smp_mb__after_spinlock();", PASS),
      [],
    ],
    [
      "and a write barrier, and a release where it is passed on",
      LOCKED("WRITE_ONCE(*s, 0); smp_wmb(); spin_lock(s);", RELEASE),
      ["pairwise"],
    ],
  ])("%s", (_, text, expected) => {
    for (const model of VIEW_MODELS) expect(compared(text, model).kind).toBe("agree");
    expect(VIEW_MODELS.filter((model) => possible(text, model))).toEqual(expected);
  });
});
