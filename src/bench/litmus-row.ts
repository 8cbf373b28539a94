/** The speed of `rmap litmus`: reading small tests and deciding them by the axioms of the Linux-kernel memory model. */
import { decide } from "../lkmm/decide.js";
import { parseLitmus } from "../lkmm/parser.js";
import { packaged } from "./packaged.js";
import type { Subject } from "./subject.js";

/** A test by its processes, each with its parameters; and what it asks for at the end. */
function litmus(name: string, parameters: string, processes: readonly string[], exists: string): string {
  const bodies = processes.map((body, i) => `P${i}(${parameters})\n{\n${body}\n}\n`);
  return `C ${name}\n{}\n${bodies.join("")}exists (${exists})\n`;
}

const XY = "int *x, int *y";
const XYZ = "int *x, int *y, int *z";
const W = (at: string) => `WRITE_ONCE(*${at}, 1);`;
const R = (at: string) => `int r_${at} = READ_ONCE(*${at});`;

/** The shapes that books begin with, and one each with dependencies, a lock, RCU and a read-modify-write. */
const TESTS: readonly string[] = [
  litmus(
    "MP",
    XY,
    [`${W("x")} smp_wmb(); ${W("y")}`, `${R("y")} smp_rmb(); ${R("x")}`],
    "1:r_y=1 /\\ 1:r_x=0",
  ),
  litmus("SB", XY, [`${W("x")} smp_mb(); ${R("y")}`, `${W("y")} smp_mb(); ${R("x")}`], "0:r_y=0 /\\ 1:r_x=0"),
  litmus(
    "WRC",
    XY,
    [W("x"), `${R("x")} smp_store_release(y, 1);`, `${R("y")} smp_rmb(); ${R("x")}`],
    "1:r_x=1 /\\ 2:r_y=1 /\\ 2:r_x=0",
  ),
  litmus(
    "ISA2",
    XYZ,
    [`${W("x")} smp_wmb(); ${W("y")}`, `${R("y")} WRITE_ONCE(*z, r_y);`, `${R("z")} smp_rmb(); ${R("x")}`],
    "1:r_y=1 /\\ 2:r_z=1 /\\ 2:r_x=0",
  ),
  litmus(
    "IRIW",
    XY,
    [W("x"), W("y"), `${R("x")} smp_mb(); ${R("y")}`, `${R("y")} smp_mb(); ${R("x")}`],
    "2:r_x=1 /\\ 2:r_y=0 /\\ 3:r_y=1 /\\ 3:r_x=0",
  ),
  litmus(
    "locks",
    `${XY}, spinlock_t *l`,
    [
      `spin_lock(l); ${W("x")} spin_unlock(l); spin_lock(l); ${W("y")} spin_unlock(l);`,
      `int r_y = smp_load_acquire(y); ${R("x")}`,
    ],
    "1:r_y=1 /\\ 1:r_x=0",
  ),
  litmus(
    "RCU",
    XY,
    [`rcu_read_lock(); ${R("x")} ${R("y")} rcu_read_unlock();`, `${W("y")} synchronize_rcu(); ${W("x")}`],
    "0:r_x=1 /\\ 0:r_y=0",
  ),
  litmus(
    "RMW",
    XY,
    [`${W("x")} int r0 = xchg(y, 1);`, `int r1 = xchg(y, 2); ${R("x")}`],
    "0:r0=0 /\\ 1:r1=1 /\\ 1:r_x=0",
  ),
];

/** Milliseconds that no test takes. */
const LONG = 10_000;

/** The row `litmus`. One operation is one test. */
export async function litmusSubject(): Promise<Subject> {
  const run = (): void => {
    for (const [i, text] of TESTS.entries()) {
      const test = parseLitmus(text, `${i}.litmus`);
      const { verdict } = decide(test, { model: "lkmm", states: false, timeout: LONG });
      if (verdict === "undecided") throw new Error(`${test.name} was not decided`);
    }
  };
  return packaged("litmus", run, (calls) => calls * TESTS.length);
}
