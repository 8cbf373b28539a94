/**
 * Single calls on the calling thread, each with the cost of crossing into WebAssembly. Measured by
 * the package `benchmark`: it takes no set-up functions here (it would re-evaluate their text), so that all
 * is prepared outside and each case leaves things as it found them.
 */
import { Engine } from "../engine/engine.js";
import { EnvironmentError } from "../errors.js";
import type { BenchRow } from "./result.js";

const PAGE = 4096;

/** Cases by name: prepared functions that can be called any number of times. */
function cases(engine: Engine): Record<MicroName, () => void> {
  const space = engine.spawn();
  const resident = space.mmap(PAGE);
  space.write(resident, 1n);
  const fresh = space.mmap(PAGE);
  const parent = engine.spawn();
  const small = parent.mmap(16 * PAGE);
  parent.touch(small, 16);
  const family = engine.spawn();
  const shared = family.mmap(PAGE);
  family.write(shared, 1n);
  for (let child = 0; child < 9; child++) family.fork();
  return {
    "read-hit": () => {
      space.read(resident);
    },
    "fault-dontneed": () => {
      space.write(fresh, 1n);
      space.madvise(fresh, PAGE, "dontneed");
    },
    "mmap-munmap": () => {
      space.munmap(space.mmap(PAGE), PAGE);
    },
    "fork-exit-16": () => {
      parent.fork().exit();
    },
    "rmap-walk-10": () => {
      family.whoMaps(shared);
    },
  };
}

/** Names of the cases. */
export const MICRO_NAMES = [
  "read-hit",
  "fault-dontneed",
  "mmap-munmap",
  "fork-exit-16",
  "rmap-walk-10",
] as const;

type MicroName = (typeof MICRO_NAMES)[number];

/** Runs some cases, or all when `names` is empty; each row's operation is one call of its function. Throws EnvironmentError when `benchmark` is not installed. */
export async function measureMicro(
  names: readonly string[],
  onCase: (name: string) => void,
): Promise<BenchRow[]> {
  const Benchmark = await loadBenchmark();
  const engine = await Engine.create();
  const rows: BenchRow[] = [];
  for (const [name, run] of Object.entries(cases(engine))) {
    if (names.length > 0 && !names.includes(name)) continue;
    onCase(name);
    const bench = new Benchmark(name, run, { maxTime: 0.5, minSamples: 10 });
    bench.run({ async: false });
    if (bench.error) throw bench.error;
    rows.push({ name, engine: "wasm", cpus: 1, opsPerSecond: bench.hz, nsPerOp: 1e9 / bench.hz });
  }
  await engine.dispose();
  return rows;
}

async function loadBenchmark(): Promise<typeof import("benchmark")> {
  try {
    return (await import("benchmark")).default;
  } catch {
    throw new EnvironmentError("the package `benchmark` is not installed", "npm install benchmark");
  }
}
