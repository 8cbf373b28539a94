/**
 * Rows on the calling thread's CPU, measured by the package `benchmark`. It takes no set-up functions here (it would
 * re-evaluate their text): only what leaves everything as it was is measured so.
 */
import { EnvironmentError } from "../errors.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

/** Calls before the first measurement, so that the code is compiled as well as it gets. */
const WARM = 0.1;

type BenchmarkConstructor = typeof import("benchmark");

/**
 * A subject that calls `run` over and over; `operations` tells how many operations so many calls were: differences
 * count, as in Round.operations. Throws EnvironmentError when `benchmark` is not installed.
 */
export async function packaged(
  name: string,
  run: () => void,
  operations: (calls: number) => number,
  dispose: () => Promise<void> = async () => {},
  engine: Subject["engine"] = "wasm",
): Promise<Subject> {
  const Benchmark = await loadBenchmark();
  const until = performance.now() + WARM * 1000;
  while (performance.now() < until) run();
  return {
    engine,
    cpus: 1,
    measure: async (seconds) => {
      let calls = 0;
      const before = operations(0);
      const call = () => {
        run();
        calls++;
      };
      const bench = new Benchmark(name, call, { maxTime: seconds, minTime: seconds / 4, minSamples: 3 });
      bench.run({ async: false });
      if (bench.error) throw bench.error;
      // Operations that are counted are not the same in every call: their mean is taken.
      return rateOf((bench.hz * (operations(calls) - before)) / calls, 1);
    },
    dispose,
  };
}

async function loadBenchmark(): Promise<BenchmarkConstructor> {
  try {
    return (await import("benchmark")).default;
  } catch {
    throw new EnvironmentError("the package `benchmark` is not installed", "npm install benchmark");
  }
}
