/** Something that is measured again and again, in turn with others: one row on one engine and one count of CPUs. */
import type { Latency } from "./histogram.js";
import type { BenchRow } from "./result.js";

export interface Subject {
  readonly engine: BenchRow["engine"];
  readonly cpus: number;
  /** Runs for about so many seconds. Operations a second, of all CPUs together. */
  measure(seconds: number): Promise<number>;
  /** Latencies of single operations, where they can be taken. */
  latency?(seconds: number): Promise<Latency | undefined>;
  /** Gives everything back; the subjects of one row share what they run on, so a second call does nothing. */
  dispose(): Promise<void>;
}
