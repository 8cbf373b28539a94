/**
 * A histogram of times in shared memory: each thread counts into one of its own, and who reads adds them up. Buckets grow
 * with the times, 16 for each doubling, so that a percentile is right to 4 %.
 */

const STEPS = 16;
/** Up to 2^36 ns: more than a minute. */
const BUCKETS = 36 * STEPS;

/** Bytes that one histogram takes. */
export const HISTOGRAM_BYTES = BUCKETS * 4;

/** Times that a share of the operations did not exceed, nanoseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

export class Histogram {
  readonly #counts: Uint32Array;

  /** Over HISTOGRAM_BYTES of shared memory. */
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
      histograms.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0),
    );
    const all = sums.reduce((sum, count) => sum + count, 0);
    if (all === 0) return undefined;
    const percentile = (share: number): number => {
      let left = all * share;
      const bucket = sums.findIndex((count) => {
        left -= count;
        return left <= 0;
      });
      // The middle of the bucket, by its own measure.
      return 2 ** ((bucket + 0.5) / STEPS);
    };
    return { p50: percentile(0.5), p99: percentile(0.99), p999: percentile(0.999) };
  }

  private get counts(): Uint32Array {
    return this.#counts;
  }
}
