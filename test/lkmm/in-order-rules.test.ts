/** Each rule of the view machine decides a test: without the rule, the machine and the axioms differ. */
import { describe, expect, it } from "vitest";
import { VIEW_RULES, type ViewModel, type ViewRule } from "../../dist/views/rules.js";
import { compared } from "./machine.js";
import { atomicity, coherence, messagePassing, OVERTAKING, program, storeBuffering } from "./programs.js";

const WMB = "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1);";
const MB = "WRITE_ONCE(*x, 1); smp_mb(); WRITE_ONCE(*y, 1);";
const RMB = "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);";
const ACQUIRE_Z = "int r0 = smp_load_acquire(z); int r1 = READ_ONCE(*x);";

/** A middle process passes y on as z; the last one then reads x. */
const passing = (middle: string) =>
  program("", [MB, middle, ACQUIRE_Z], "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)");

const TESTS: Readonly<Record<ViewRule, string>> = {
  coherence,
  atomicity,
  "reads-from": passing("int r0 = READ_ONCE(*y); WRITE_ONCE(*z, r0);"),
  "seen-before": messagePassing(WMB, RMB),
  overtaken: program(
    "",
    [
      "WRITE_ONCE(*z, 1); smp_mb(); WRITE_ONCE(*x, 1);",
      "WRITE_ONCE(*x, 2); smp_store_release(y, 1);",
      "int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); WRITE_ONCE(*v, r1);",
      "int r0 = smp_load_acquire(v); int r1 = READ_ONCE(*z);",
    ],
    "exists (2:r0=1 /\\ 2:r1=1 /\\ 3:r0=1 /\\ 3:r1=0 /\\ x=2)",
  ),
  overtaking: OVERTAKING,
  propagation: storeBuffering("smp_mb();"),
  "fence-order": program(
    "",
    [
      "WRITE_ONCE(*x, 1); smp_mb(); int r0 = READ_ONCE(*y); WRITE_ONCE(*z, 1);",
      "int r0 = READ_ONCE(*z); WRITE_ONCE(*y, 1); smp_mb(); int r1 = READ_ONCE(*x);",
    ],
    "exists (0:r0=0 /\\ 1:r0=1 /\\ 1:r1=0)",
  ),
  address: program(
    "p=y;",
    ["WRITE_ONCE(*x, 1); smp_store_release(p, x);", "int *r0 = READ_ONCE(*p); int r1 = READ_ONCE(*r0);"],
    "exists (1:r0=x /\\ 1:r1=0)",
  ),
  data: passing("int r0 = READ_ONCE(*y); WRITE_ONCE(*z, r0);"),
  control: passing("int r0 = READ_ONCE(*y); if (r0) { WRITE_ONCE(*z, 1); }"),
  "same-location": program(
    "",
    [
      MB,
      "int r0 = READ_ONCE(*y); WRITE_ONCE(*y, 2);",
      "int r0 = smp_load_acquire(y); int r1 = READ_ONCE(*x);",
    ],
    "exists (1:r0=1 /\\ 2:r0=2 /\\ 2:r1=0)",
  ),
  forwarding: program(
    "",
    [MB, "int r0 = READ_ONCE(*y); WRITE_ONCE(*z, r0); int r1 = smp_load_acquire(z); int r2 = READ_ONCE(*x);"],
    "exists (1:r0=1 /\\ 1:r2=0)",
  ),
  acquire: messagePassing(WMB, "int r0 = smp_load_acquire(y); int r1 = READ_ONCE(*x);"),
  release: messagePassing("WRITE_ONCE(*x, 1); smp_store_release(y, 1);", RMB),
  mb: storeBuffering("smp_mb();"),
  rmb: messagePassing(WMB, RMB),
  wmb: messagePassing(WMB, RMB),
  "no-return": program(
    "",
    ["WRITE_ONCE(*x, 1); smp_mb(); WRITE_ONCE(*y, 9);", "atomic_inc(y); smp_rmb(); int r0 = READ_ONCE(*x);"],
    "exists (y=10 /\\ 1:r0=0)",
  ),
  "full-rmw": storeBuffering("int r9 = xchg(z, 1);", "smp_mb();"),
  "before-atomic": storeBuffering("smp_mb__before_atomic(); atomic_inc(z);", "smp_mb();"),
  "after-atomic": storeBuffering("atomic_inc(z); smp_mb__after_atomic();", "smp_mb();"),
  "after-spinlock": storeBuffering("spin_lock(l); smp_mb__after_spinlock();", "smp_mb();"),
  "after-unlock-lock": storeBuffering(
    "spin_lock(l); spin_unlock(l); spin_lock(k); smp_mb__after_unlock_lock();",
    "smp_mb();",
  ),
  "lock-handover": messagePassing(
    "spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); spin_lock(k); WRITE_ONCE(*y, 1); spin_unlock(k);",
    RMB,
  ),
  cumulativity: program(
    "",
    ["WRITE_ONCE(*x, 1);", "int r0 = READ_ONCE(*x); smp_store_release(y, 1);", RMB],
    "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)",
  ),
  "rmw-sequence": program(
    "",
    [
      "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
      "int r0 = atomic_fetch_add_relaxed(1, y);",
      "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);",
    ],
    "exists (2:r0=2 /\\ 2:r1=0)",
  ),
  "read-depends": program(
    "p=y;",
    [
      "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*p, x);",
      "int *r0 = READ_ONCE(*p); smp_read_barrier_depends(); int r1 = READ_ONCE(*r0);",
    ],
    "exists (1:r0=x /\\ 1:r1=0)",
  ),
  "grace-period": storeBuffering("synchronize_rcu();", "smp_mb();"),
  "section-first": program(
    "",
    [
      "rcu_read_lock(); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); rcu_read_unlock();",
      "int r0 = READ_ONCE(*x); synchronize_rcu(); int r1 = READ_ONCE(*y);",
    ],
    "exists (1:r0=1 /\\ 1:r1=0)",
  ),
  "grace-first": program(
    "",
    [
      "rcu_read_lock(); int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); rcu_read_unlock();",
      "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);",
    ],
    "exists (0:r0=1 /\\ 0:r1=0)",
  ),
  nesting: program(
    "",
    [
      `rcu_read_lock(); rcu_read_lock(); WRITE_ONCE(*x, 1); rcu_read_unlock();
       int r0 = READ_ONCE(*z); WRITE_ONCE(*y, 1); rcu_read_unlock();`,
      "int r0 = READ_ONCE(*x); WRITE_ONCE(*z, 1); synchronize_rcu(); int r1 = READ_ONCE(*y);",
    ],
    "exists (0:r0=1 /\\ 1:r0=1 /\\ 1:r1=0)",
  ),
};

/** Rules of another model than lkmm, and the one that allows something. */
const MODEL: Partial<Record<ViewRule, ViewModel>> = { "read-depends": "alpha" };
const ALLOWS: readonly ViewRule[] = ["no-return"];

describe("without the rule, the machine is wrong", () => {
  it.each(VIEW_RULES)("%s", (rule) => {
    const model = MODEL[rule] ?? "lkmm";
    expect(["agree", "load buffering"]).toContain(compared(TESTS[rule], model).kind);
    expect(compared(TESTS[rule], model, [rule]).kind).toBe(ALLOWS.includes(rule) ? "missed" : "false alarm");
  });
});
