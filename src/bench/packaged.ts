/**
 * Rows on the calling thread's CPU, measured by the package `benchmark`. `benchmark` would re-evaluate the text of
 * set-up functions, so it measures only calls that leave everything as it was.
 */
import { EnvironmentError } from "../errors.js";
import { rateOf } from "./result.js";
import type { Subject } from "./subject.js";

/** Calls before the first measurement, so that V8 has optimised the code. */
const WARM = 0.1;

type BenchmarkConstructor = typeof import("benchmark");

/**
 * A subject that calls `run` over and over; `operations` returns a running count of operations; only differences
 * matter, as in Round.operations. Throws EnvironmentError when `benchmark` is not installed.
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
      // The number of operations differs from call to call, so this takes the mean.
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
