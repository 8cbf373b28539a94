/** What the parser takes, and how it names what it refuses. */
import { describe, expect, it } from "vitest";
import { InputError } from "../../dist/errors.js";
import { decide } from "../../dist/lkmm/decide.js";
import { expectedOf } from "../../dist/lkmm/expected.js";
import { UnsupportedError } from "../../dist/lkmm/lexer.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { decided, program } from "./programs.js";

/** The error of a text. */
function errorOf(text: string): unknown {
  try {
    parseLitmus(text, "t.litmus");
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The only state at the end of a test with one process. */
function stateOf(init: string, body: string, variable: string): string | undefined {
  const { states } = decided(program(init, [body], `exists (${variable}=77)`), "lkmm", [], true);
  expect(states).toHaveLength(1);
  return states?.[0]?.text;
}

describe("a text that is no litmus test", () => {
  it.each([
    ["", "t.litmus:1:1: ", 'expected "C"'],
    ["X86 SB\n{}\n", "t.litmus:1:1: ", 'a test in "X86"'],
    ["C t\n", "t.litmus:2:1: ", "the init section"],
    ["C t\n\nP0(int *x)\n{ WRITE_ONCE(*x, 1); }\nexists (x=1)", "t.litmus:3:1: ", "the init section"],
    ["C t\n{ x=; }\nP0(int *x) { }\nexists (x=1)", "t.litmus:2:5: ", "a number or a location"],
    [
      "C t\n{}\nP0(int *x) {\n  WRITE_ONCE(*x 1);\n}\nexists (x=1)",
      "t.litmus:4:17: ",
      'expected ")", found "1"',
    ],
    ["C t\n{}\nP0(int *x) {\n  WRITE_ONCE(*x, 1);\n", "t.litmus:5:1: ", "the end of the process"],
    ["C t\n{}\nP1(int *x) { }\nexists (x=1)", "t.litmus:3:1: ", "expected P0, found P1"],
    ["C t\n{}\nP0(int *x) { }\n", "t.litmus:4:1: ", '"exists"'],
    ["C t\n{}\nP0(int *x) { }\nexists (x=1) y", "t.litmus:4:14: ", "the end of the condition"],
    ["C t\n{}\nP0(int *x) { /* }\nexists (x=1)", "t.litmus:3:14: ", "the comment"],
    ["C t\n{}\nP0(int *x) { @ }\nexists (x=1)", "t.litmus:3:14: ", 'found "@"'],
  ])("%j", (text, place, said) => {
    const error = errorOf(text);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message.slice(0, place.length)).toBe(place);
    expect((error as InputError).message).toContain(said);
    expect((error as InputError).exitCode).toBe(5);
  });
});

describe("a construct that is not supported is named with its line", () => {
  it.each([
    ["return;", 3, '"return"'],
    ["goto out;", 3, '"goto"'],
    ["int a[3];", 3, "an array of a process"],
    ["call_rcu(x, y);", 3, 'the function "call_rcu"'],
    ["\n\n  read_lock(x);", 5, 'the function "read_lock"'],
    ["WRITE_ONCE(*x);", 3, '"WRITE_ONCE" with 1 arguments'],
    ["int r0 = &r1;", 3, "the address of this expression"],
  ])("%j", (body, line, said) => {
    const text = `C t\n{}\nP0(int *x, int *y) { ${body}\n}\nexists (x=1)`;
    let found: unknown = errorOf(text);
    if (found === undefined)
      try {
        decided(text);
      } catch (error) {
        found = error;
      }
    expect(found).toBeInstanceOf(UnsupportedError);
    expect((found as UnsupportedError).position.line).toBe(line);
    expect((found as UnsupportedError).message).toContain(said);
  });
});

describe("the C of a process", () => {
  it.each([
    ["", "int r0 = 2 + 3 * 4 - (7 & 3) % 2;", "0:r0=13;"],
    ["", "int r0 = 1; if (r0 == 1) r0 = 5; else r0 = 6;", "0:r0=5;"],
    ["", "int r0 = 0; while (r0 < 7) r0++;", "0:r0=7;"],
    ["", "int r0 = 0; for (int i = 0; i < 3; i++) { r0 += i; }", "0:r0=3;"],
    ["", "int r0 = 0; do { r0 = r0 + 2; } while (r0 < 5);", "0:r0=6;"],
    ["", "int r0 = (1 && 0) || !0;", "0:r0=1;"],
    ["", "int r0 = 3 > 2 ? 8 : 9;", "0:r0=8;"],
    ["", "int r0, r1; r1 = 4; r0 = (int)(long)r1 | 0x10;", "0:r0=20;"],
    ["x = 5;", "int r0 = READ_ONCE(*x);", "0:r0=5;"],
    ["int x = 5; y = &x;", "int *r1 = READ_ONCE(*y); int r0 = *r1;", "0:r0=5;"],
    ["0:r1=x; x=3;", "int r0 = READ_ONCE(*r1);", "0:r0=3;"],
    ["int x[3] = {4, 5, 6};", "int r0 = READ_ONCE(x[2]);", "0:r0=6;"],
    ["int x[3] = {4, 5, 6};", "int r0 = *(x + 1);", "0:r0=5;"],
    ["atomic_t x = ATOMIC_INIT(7);", "int r0 = atomic_read(x);", "0:r0=7;"],
    ["x=3;", "int r0 = atomic_fetch_add(4, x);", "0:r0=3;"],
    ["x=3;", "int r0 = atomic_sub_return_acquire(1, x);", "0:r0=2;"],
    ["x=1;", "int r0 = atomic_dec_and_test(x);", "0:r0=1;"],
    ["x=6;", "atomic_andnot(2, x); int r0 = atomic_read(x);", "0:r0=4;"],
    ["x=6;", "atomic_xor(3, x); int r0 = atomic_read(x);", "0:r0=5;"],
    ["x=1;", "int r0 = cmpxchg(x, 1, 2);", "0:r0=1;"],
    ["x=1;", "int r1 = cmpxchg(x, 5, 2); int r0 = READ_ONCE(*x);", "0:r0=1;"],
    ["x=1;", "int r0 = atomic_cmpxchg_release(x, 1, 9); r0 = atomic_read_acquire(x);", "0:r0=9;"],
    ["x=1;", "int r0 = atomic_add_unless(x, 2, 1);", "0:r0=0;"],
    ["", "int r0 = spin_trylock(l);", "0:r0=1;"],
    ["", "spin_lock(l); int r0 = spin_is_locked(l); spin_unlock(l);", "0:r0=1;"],
    ["", "int r0; x->f = 6; r0 = x->f;", "0:r0=6;"],
  ])("%s | %s", (init, body, state) => {
    expect(stateOf(init, body, "0:r0")).toBe(state);
  });

  it("(*x in code begins no comment, and (* in a condition does", () => {
    const text =
      "C t\n(* a { comment *)\n{}\nP0(int *x) { WRITE_ONCE( *x, 1); /* c */ int r0 = READ_ONCE(*x); // d\n}\nexists (* e *) (0:r0=1)";
    expect(decided(text).verdict).toBe("Always");
  });

  it("a loop that reads memory is cut, and the result says so", () => {
    const text = program("", ["while (READ_ONCE(*x) == 0) ;", "WRITE_ONCE(*x, 1);"], "exists (x=0)");
    const { verdict, reason } = decided(text);
    expect(verdict).toBe("Never");
    expect(reason).toContain("cut after 3 rounds");
  });
});

describe("conditions", () => {
  it("that name what nothing has get a note", () => {
    const texts = ["WRITE_ONCE(*x, 1);", "int r0 = READ_ONCE(*x); // r9 and r0\n int r10;"];
    const reason = (ending: string) => decided(program("2:r7=1; 1:r8=1; z=2;", texts, ending)).reason;
    expect(reason("exists (1:r0=1 /\\ 1:r8=1 /\\ 1:r10=0 /\\ x=1 /\\ z=2)")).toBe("");
    expect(reason("locations [0:r0; nosuch] exists (1:r0=1:r1)")).toBe(
      "nothing in the test has 0:r0 or nosuch or 1:r1, so it is 0",
    );
  });

  const two = ["WRITE_ONCE(*x, 1);", "int r0 = READ_ONCE(*x);"];
  it.each([
    ["exists (1:r0=1)", "Sometimes"],
    ["~exists (1:r0=2)", "Never"],
    ["forall (x=1)", "Always"],
    ["forall (1:r0=1)", "Sometimes"],
    ["exists (~1:r0=0 /\\ not (1:r0=1))", "Never"],
    ["exists (1:r0=0 \\/ 1:r0=1)", "Always"],
    ["exists (1:r0=1 => [x]=1)", "Always"],
    ["filter (1:r0=1) exists (1:r0=1)", "Always"],
    ["filter (1:r0=7) exists (1:r0=1)", "DEADLOCK"],
    ["exists (1:r0=0:r9 /\\ true)", "Sometimes"],
    ["locations [x; 1:r0] exists (1:r0!=0)", "Sometimes"],
  ])("%s: %s", (condition, verdict) => {
    expect(decided(program("", two, condition)).verdict).toBe(verdict);
  });
});

describe("deadlocks and flags", () => {
  it("a lock is taken twice", () => {
    expect(decided(program("", ["spin_lock(l); spin_lock(l);"], "exists (x=0)")).verdict).toBe("DEADLOCK");
  });
  it("a grace period in a critical section waits for itself", () => {
    const text = program(
      "",
      ["rcu_read_lock(); int r0 = READ_ONCE(*x); synchronize_rcu(); rcu_read_unlock();"],
      "exists (0:r0=0)",
    );
    expect(decided(text).verdict).toBe("DEADLOCK");
  });
  it("an index that is given back twice", () => {
    const text = program(
      "",
      ["int r1 = srcu_read_lock(s); srcu_read_unlock(s, r1); srcu_read_unlock(s, r1);"],
      "exists (x=0)",
    );
    expect(decided(text).flags).toEqual(["multiple-srcu-matches"]);
  });
  it("a critical section without an end", () => {
    expect(decided(program("", ["rcu_read_lock();"], "exists (x=0)")).flags).toEqual(["unmatched-rcu-lock"]);
  });
});

it("a test without time is undecided, and says so", () => {
  const body = "WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*x);";
  const text = program("", [body, body, body, body], "exists (x=9)");
  // TIME: no time at all is what this test gives.
  const settings = { model: "lkmm", states: false, timeout: 0 } as const;
  const { verdict, reason } = decide(parseLitmus(text, "t.litmus"), settings);
  expect({ verdict, reason }).toEqual({ verdict: "undecided", reason: "it takes longer than 0 s" });
  expect(decided(text).verdict).toBe("Never");
});

it("reads the documented result", () => {
  expect(expectedOf("(*\n * Result: Never\n *)")).toEqual({ result: "Never", race: false });
  expect(expectedOf("(* Result: Sometimes DATARACE *)")).toEqual({ result: "Sometimes", race: true });
  expect(expectedOf("C t\n{}")).toEqual({ result: null, race: false });
});
