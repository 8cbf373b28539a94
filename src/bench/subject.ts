/** One row on one engine and one number of CPUs. The suite measures it again and again, in turn with the others. */
import type { Latency } from "./histogram.js";
import type { BenchRow } from "./result.js";

export interface Subject {
  readonly engine: BenchRow["engine"];
  readonly cpus: number;
  /** Runs for about `seconds`. Returns operations a second of all CPUs together. */
  measure(seconds: number): Promise<number>;
  /** Latencies of single operations, where they can be measured. */
  latency?(seconds: number): Promise<Latency | undefined>;
  /** Frees everything. The subjects of one row share their resources, so a second call does nothing. */
  dispose(): Promise<void>;
}
