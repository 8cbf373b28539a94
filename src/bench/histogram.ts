/**
 * A histogram of times in shared memory. Each thread counts into its own histogram, and the reader adds them up.
 * Buckets grow with the times, 16 for each doubling, so that a percentile is right to 4 %.
 */

const STEPS = 16;
/** Up to 2^36 ns: more than a minute. */
const BUCKETS = 36 * STEPS;

/** Bytes that one histogram takes. */
export const HISTOGRAM_BYTES = BUCKETS * 4;

/** Percentiles of the operations' times, in nanoseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export class Histogram {
  readonly #counts: Uint32Array;

  /** Uses HISTOGRAM_BYTES of the shared memory from `offset`. */
  constructor(buffer: SharedArrayBuffer, offset: number) {
    this.#counts = new Uint32Array(buffer, offset, BUCKETS);
  }

  /** Counts one time. */
  add(nanoseconds: number): void {
    const bucket = nanoseconds < 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(nanoseconds) * STEPS));
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  clear(): void {
    this.#counts.fill(0);
  }

  /** The percentiles of several histograms together; undefined when they are empty. */
  static latency(histograms: readonly Histogram[]): Latency | undefined {
    const sums = Array.from({ length: BUCKETS }, (_, bucket) =>
      histograms.reduce((sum, histogram) => sum + (histogram.#counts[bucket] ?? 0), 0),
    );
    const all = sums.reduce((sum, count) => sum + count, 0);
    if (all === 0) return undefined;
    const percentile = (share: number): number => {
      let left = all * share;
      const bucket = sums.findIndex((count) => {
        left -= count;
        return left <= 0;
      });
      // The geometric middle of the bucket.
      return 2 ** ((bucket + 0.5) / STEPS);
    };
    return { p50: percentile(0.5), p99: percentile(0.99), p999: percentile(0.999) };
  }
}
