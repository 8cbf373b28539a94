/** The time of a recording in equal bins, however long it is: a recording shows its length only at its end. */

/** The most bins. Two become one when the recording needs more. */
const MOST = 800;
/** Nanoseconds of a bin at first. */
const FIRST_WIDTH = 2 ** 17;

/** Bins of a growing recording. */
export class Timeline {
  readonly #onHalve: () => void;
  /** Nanoseconds of the trace's clock; -1 before the first event with a time. */
  start = -1;
  end = -1;
  /** Nanoseconds of a bin. */
  width = FIRST_WIDTH;
  /** The bin that was asked for last, and where it begins and ends: most times are in the same bin as the one before. */
  #bin = 0;
  readonly #edges = new Float64Array(2);
  /** Times that were in another bin than the one before. */
  seeks = 0;

  /** `onHalve` is called when bins 2n and 2n + 1 become bin n. */
  constructor(onHalve: () => void) {
    this.#onHalve = onHalve;
  }

  /** The bin of a time. Time 0 is no time: perf gives it to what existed before the recording. */
  bin(time: number): number {
    const edges = this.#edges;
    if (time < (edges[0] as number) || time >= (edges[1] as number)) this.#seek(time);
    else if (time > this.end) this.end = time;
    return this.#bin;
  }

  /** Where the bin that was asked for last begins and ends; both 0 for a time before the recording. */
  get begins(): number {
    return this.#edges[0] as number;
  }

  get ends(): number {
    return this.#edges[1] as number;
  }

  /** The recording goes on until a time at least. */
  reach(time: number): void {
    if (time > this.end) this.end = time;
  }

  #seek(time: number): void {
    this.seeks++;
    const edges = this.#edges;
    this.#bin = edges[0] = edges[1] = 0;
    if (time <= 0) return;
    if (this.start < 0) this.start = time;
    if (time > this.end) this.end = time;
    let bin = Math.floor((time - this.start) / this.width);
    // The events of two CPUs may stand in a wrong order by a little.
    if (bin < 0) return;
    while (bin >= MOST) {
      this.width *= 2;
      this.#onHalve();
      bin = Math.floor((time - this.start) / this.width);
    }
    this.#bin = bin;
    edges[0] = this.start + bin * this.width;
    edges[1] = edges[0] + this.width;
  }

  /** Seconds since the start. */
  seconds(time: number): number {
    return time <= 0 || this.start < 0 ? 0 : Math.max(0, time - this.start) / 1e9;
  }
}
