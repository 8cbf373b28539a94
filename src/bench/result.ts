/** What a benchmark says: rows of one form, whatever was measured and however. */

/** One row: what, on which engine and how many CPUs, how fast. */
export interface BenchRow {
  readonly name: string;
  readonly engine: "wasm" | "native-c" | "linux" | "model";
  readonly cpus: number;
  /** Operations a second of all CPUs together. */
  readonly opsPerSecond: number;
  /** Nanoseconds an operation takes on one CPU. */
  readonly nsPerOp: number;
}

/** The JSON form of `rmap bench`; schemas/bench.json describes it. */
export interface BenchResult {
  readonly schema: "rmap.bench/1";
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly platform: string;
  };
  readonly rows: readonly BenchRow[];
  /** Figures that compare rows of this run. */
  readonly ratios: Readonly<Record<string, number>>;
}

/** Makes a row of a measured time. `operations` are those of all CPUs together. */
export function benchRow(name: string, cpus: number, operations: number, seconds: number): BenchRow {
  const opsPerSecond = operations / seconds;
  return { name, engine: "wasm", cpus, opsPerSecond, nsPerOp: (1e9 * cpus) / opsPerSecond };
}

/** The middle of some measurements. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? Number.NaN) + high) / 2;
}
