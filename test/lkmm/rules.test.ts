/** Each rule of the model decides a test: without the rule, the test comes out differently. */
import { describe, expect, it } from "vitest";
import { RULES, type Rule } from "../../dist/lkmm/rules.js";
import {
  atomicity,
  coherence,
  decided,
  loadBuffering,
  messagePassing,
  program,
  storeBuffering,
} from "./programs.js";

const WRITE_X_WMB_Y = "WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1);";
const READ_Y_RMB_X = "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);";
const ACQUIRE_Y_X = "int r0 = smp_load_acquire(y); int r1 = READ_ONCE(*x);";
const MB_READ_X = "int r0 = READ_ONCE(*y); smp_mb(); int r1 = READ_ONCE(*x);";

/** A test that the rule makes impossible (`Never`) or an error: without the rule it is `Sometimes` or `Always`. */
const FORBIDDING: Partial<Record<Rule, string>> = {
  coherence,
  atomicity,
  "happens-before": messagePassing(WRITE_X_WMB_Y, READ_Y_RMB_X),
  propagation: storeBuffering("smp_mb();"),
  rcu: program(
    "",
    [
      "rcu_read_lock(); WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*y); rcu_read_unlock();",
      "WRITE_ONCE(*y, 1); synchronize_rcu(); int r0 = READ_ONCE(*x);",
    ],
    "exists (0:r0=0 /\\ 1:r0=0)",
  ),
  "plain-coherence": program(
    "",
    ["*x = 1; smp_wmb(); WRITE_ONCE(*y, 1);", "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = *x;"],
    "exists (1:r0=1 /\\ 1:r1=0)",
  ),
  // Each process writes 1 only after it has read 1.
  "thin-air": program(
    "",
    [
      "int r0 = *x; *y = r0;",
      "int r0 = *y; *x = r0;",
      "int r0 = READ_ONCE(*z); if (r0 == 5) { WRITE_ONCE(*x, 1); }",
    ],
    "exists (0:r0=1)",
  ),
  address: program(
    "p=y;",
    ["WRITE_ONCE(*x, 1); smp_store_release(p, x);", "int *r0 = READ_ONCE(*p); int r1 = READ_ONCE(*r0);"],
    "exists (1:r0=x /\\ 1:r1=0)",
  ),
  data: loadBuffering(
    "int r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0);",
    "int r0 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1);",
  ),
  control: loadBuffering(
    "int r0 = READ_ONCE(*x); if (r0) { WRITE_ONCE(*y, 1); }",
    "int r0 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1);",
  ),
  "carried-dependency": loadBuffering(
    "int r0 = READ_ONCE(*x); *z = r0; int r1 = *z; WRITE_ONCE(*y, r1);",
    "int r0 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1);",
  ),
  "plain-address": program(
    "p=a;",
    [
      "int *r0 = READ_ONCE(*p); *r0 = 2; smp_wmb(); WRITE_ONCE(*y, 1);",
      "int r0 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*p, b);",
    ],
    "exists (0:r0=b /\\ 1:r0=1)",
  ),
  "same-location": program(
    "",
    [
      "int r0 = READ_ONCE(*x); WRITE_ONCE(*x, 2);",
      "int r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0);",
      "int r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 - 1);",
    ],
    "exists (0:r0=1 /\\ 1:r0=1 /\\ 2:r0=2)",
  ),
  forwarding: loadBuffering(
    "int r0 = READ_ONCE(*x); WRITE_ONCE(*z, r0); int r1 = smp_load_acquire(z); WRITE_ONCE(*y, 1);",
    "int r0 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1);",
  ),
  acquire: messagePassing(WRITE_X_WMB_Y, ACQUIRE_Y_X),
  release: messagePassing("WRITE_ONCE(*x, 1); smp_store_release(y, 1);", MB_READ_X),
  mb: storeBuffering("smp_mb();"),
  rmb: messagePassing(WRITE_X_WMB_Y, READ_Y_RMB_X),
  wmb: messagePassing(WRITE_X_WMB_Y, MB_READ_X),
  "grace-period": storeBuffering("synchronize_rcu();"),
  "full-rmw": storeBuffering("int r9 = xchg(z, 1);", "smp_mb();"),
  "before-atomic": storeBuffering("smp_mb__before_atomic(); atomic_inc(z);", "smp_mb();"),
  "after-atomic": storeBuffering("atomic_inc(z); smp_mb__after_atomic();", "smp_mb();"),
  "after-spinlock": storeBuffering("spin_lock(l); smp_mb__after_spinlock();", "smp_mb();"),
  "after-unlock-lock": storeBuffering(
    "spin_lock(l); spin_unlock(l); spin_lock(k); smp_mb__after_unlock_lock();",
    "smp_mb();",
  ),
  "after-srcu-read-unlock": storeBuffering(
    "int r9 = srcu_read_lock(s); srcu_read_unlock(s, r9); smp_mb__after_srcu_read_unlock();",
    "smp_mb();",
  ),
  "lock-handover": messagePassing(
    "spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); spin_lock(k); WRITE_ONCE(*y, 1); spin_unlock(k);",
    READ_Y_RMB_X,
  ),
  cumulativity: program(
    "",
    [
      "WRITE_ONCE(*x, 1);",
      "int r0 = READ_ONCE(*x); smp_store_release(y, 1);",
      "int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x);",
    ],
    "exists (1:r0=1 /\\ 2:r0=1 /\\ 2:r1=0)",
  ),
  "rmw-sequence": program(
    "",
    [
      "WRITE_ONCE(*x, 1); smp_store_release(y, 1);",
      "atomic_inc(y);",
      "int r0 = smp_load_acquire(y); int r1 = READ_ONCE(*x);",
    ],
    "exists (2:r0=2 /\\ 2:r1=0)",
  ),
  srcu: program(
    "",
    [
      "int r9 = srcu_read_lock(s); WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*y); srcu_read_unlock(s, r9);",
      "WRITE_ONCE(*y, 1); synchronize_srcu(s); int r0 = READ_ONCE(*x);",
    ],
    "exists (0:r0=0 /\\ 1:r0=0)",
  ),
  membarrier: storeBuffering("", "smp_memb();"),
};

describe("a rule forbids something", () => {
  it.each(Object.entries(FORBIDDING) as [Rule, string][])("%s", (rule, text) => {
    expect(decided(text).verdict).toBe("Never");
    expect(decided(text, "lkmm", [rule]).verdict).toBe("Sometimes");
  });
});

describe("other rules", () => {
  it("no-return: smp_rmb() does not order the read of an operation without a result", () => {
    const text = program(
      "",
      [
        "int r0 = atomic_add_return_relaxed(1, y); smp_wmb(); WRITE_ONCE(*x, 1);",
        "int r0 = READ_ONCE(*x); smp_mb(); int r1 = atomic_add_return_relaxed(4, y);",
        "atomic_inc(z); smp_rmb(); int r0 = READ_ONCE(*w);",
        "WRITE_ONCE(*w, 1); smp_mb(); int r0 = READ_ONCE(*z); smp_mb(); WRITE_ONCE(*z, 9);",
      ],
      "exists (z=10 /\\ 2:r0=0)",
    );
    expect(decided(text).verdict).toBe("Sometimes");
    expect(decided(text, "lkmm", ["no-return"]).verdict).toBe("Never");
  });

  it("store-order: what a machine with store buffers keeps", () => {
    const text = storeBuffering("");
    expect(decided(text, "sc").verdict).toBe("Never");
    expect(decided(text, "sc", ["store-order"]).verdict).toBe("Sometimes");
  });

  it("data-race: a plain access that nothing orders", () => {
    const text = program("", ["*x = 1;", "int r0 = READ_ONCE(*x);"], "exists (1:r0=1)");
    expect(decided(text).race).toBe(true);
    expect(decided(text, "lkmm", ["data-race"]).race).toBe(false);
  });

  it("each has a test here", () => {
    const others: readonly Rule[] = ["no-return", "store-order", "data-race"];
    expect([...Object.keys(FORBIDDING), ...others].sort()).toEqual([...RULES].sort());
  });
});
