/** Random litmus tests with critical sections and grace periods of RCU. */
import { program } from "./programs.js";

const LOCATIONS = ["x", "y", "z"];

/** The test of a seed: two or three processes, with a grace period in one of them at least and a section in another. */
export function randomRcu(seed: number): string {
  const below = dice(seed);
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const [processes, reads]: [string[], string[]] = [[], []];
  const count = 2 + below(2);
  for (let process = 0; process < count; process++) {
    const role = process === 0 ? "section" : process === 1 ? "grace" : pick(["section", "grace", "none"]);
    const made: string[] = [];
    let registers = 0;
    const access = (): string => {
      const at = pick(LOCATIONS);
      const kind = below(7);
      if (kind < 3) {
        reads.push(`${process}:r${registers}`);
        return `int r${registers++} = ${kind === 0 ? `smp_load_acquire(${at})` : `READ_ONCE(*${at})`};`;
      }
      if (kind === 3 && registers > 0) return `WRITE_ONCE(*${at}, r${below(registers)} + 1);`;
      return kind === 4
        ? `smp_store_release(${at}, ${1 + below(2)});`
        : `WRITE_ONCE(*${at}, ${1 + below(2)});`;
    };
    const accesses = 2 + below(count === 2 ? 2 : 1);
    for (let nth = 0; nth < accesses; nth++) {
      made.push(access());
      if (nth + 1 < accesses && below(4) === 0) made.push(pick(["smp_mb();", "smp_rmb();", "smp_wmb();"]));
    }
    if (role === "grace") made.splice(below(made.length + 1), 0, "synchronize_rcu();");
    if (role === "section") {
      const from = below(made.length);
      made.splice(from, 0, "rcu_read_lock();");
      made.splice(from + 2 + below(made.length - from - 1), 0, "rcu_read_unlock();");
    }
    processes.push(made.join(" "));
  }
  const seen = reads.map((read) => `${read}=9`);
  return program("", processes, `exists (${[...seen, "x=9", "y=9"].join(" /\\ ")})`);
}

/** Random numbers below a bound: the same for the same seed. */
function dice(seed: number): (bound: number) => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return (bound) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 12), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 15)) >>> 0) % bound;
  };
}
