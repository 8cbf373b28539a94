/**
 * The operations of a window, and the kernel's counts between them, in plain arrays as they come: in runs of one process and one bin.
 * What they mean for the lanes is worked out in one loop when the window has run.
 */

import { grown, largerThan } from "../growth.js";
import { KERNEL, type Lanes, NONE, PAGES } from "./lanes.js";
import type { Processes } from "./processes.js";
import type { Timeline } from "./timeline.js";

/** Operations at first, and runs. */
const FIRST = 16;

/** An operation that says nothing of its address space's pages. The kernel has not counted in a run. */
export const NO_PAGES = -1;

/** Keeps one window. */
export class Journal {
  readonly #processes: Processes;
  readonly #lanes: Lanes;
  readonly #timeline: Timeline;
  /** Of each operation: when. */
  #times = new Float64Array(FIRST);
  #operations = 0;
  /** Of each operation: the anonymous pages behind it, or NO_PAGES. Who compares them with the kernel's counts fills this in. */
  after = new Int32Array(FIRST);
  /** Of each run: whose memory it is about, its bin, its operations, and the kernel's last count or NO_PAGES. */
  #owners = new Int32Array(FIRST);
  #bins = new Int32Array(FIRST);
  #lengths = new Int32Array(FIRST);
  #counts = new Int32Array(FIRST);
  #runs = 0;
  /** Where the bin of the last run begins and ends, and the latest time of all entries about a process. */
  readonly #edges = new Float64Array(3);

  constructor(processes: Processes, lanes: Lanes, timeline: Timeline) {
    this.#processes = processes;
    this.#lanes = lanes;
    this.#timeline = timeline;
  }

  /** One more operation. */
  operation(owner: number, time: number): void {
    const run = this.#run(owner, time);
    this.#lengths[run] = (this.#lengths[run] as number) + 1;
    const at = this.#operations++;
    if (at === this.#times.length) this.#growOperations();
    this.#times[at] = time;
  }

  /** One more count of the kernel, of a process's pages. */
  count(owner: number, time: number, pages: number): void {
    // The run first: the arrays may grow for it.
    const run = this.#run(owner, time);
    this.#counts[run] = pages;
  }

  /** Bins 2n and 2n + 1 become bin n. */
  halve(): void {
    for (let run = 0; run < this.#runs; run++) this.#bins[run] = (this.#bins[run] as number) >> 1;
  }

  /** The window has run: its pages by process and time. */
  settle(): void {
    const [after, lengths, counts] = [this.after, this.#lengths, this.#counts];
    const { pages: held, peaks, peakTimes } = this.#processes;
    const runs = this.#runs;
    let operation = 0;
    for (let run = 0; run < runs; run++) {
      const owner = this.#owners[run] as number;
      const end = operation + (lengths[run] as number);
      if (owner < 0) {
        operation = end;
        continue;
      }
      let pages = held[owner] as number;
      let most = peaks[owner] as number;
      let isOther = false;
      for (; operation < end; operation++) {
        const now = after[operation] as number;
        if (now === pages || now === NO_PAGES) continue;
        isOther = true;
        pages = now;
        if (now <= most) continue;
        peakTimes[owner] = this.#times[operation] as number;
        most = now;
      }
      const count = counts[run] as number;
      if (!isOther && count === NO_PAGES) continue;
      held[owner] = pages;
      peaks[owner] = most;
      this.#row(owner, this.#bins[run] as number, isOther ? pages : NO_PAGES, count);
    }
    this.#timeline.reach(this.#edges[2] as number);
    this.#runs = this.#operations = 0;
    // The next entry begins another run.
    this.#edges[1] = 0;
  }

  /** What a run leaves in the row of its process and bin: pages and a count, each of them or NO_PAGES. */
  #row(owner: number, bin: number, pages: number, count: number): void {
    const lanes = this.#lanes;
    const row = count === NO_PAGES ? NONE : lanes.row(owner, bin);
    if (row !== NONE) lanes.table[row + KERNEL] = count;
    if (pages === NO_PAGES) return;
    const last = lanes.lastRow(owner, bin);
    lanes.table[last + PAGES] = pages;
  }

  /** The run of an entry: the last one, or another one behind it. */
  #run(owner: number, time: number): number {
    const edges = this.#edges;
    const run = this.#runs - 1;
    if (time > (edges[2] as number)) edges[2] = time;
    if (time < (edges[1] as number) && time >= (edges[0] as number) && this.#owners[run] === owner)
      return run;
    return this.#begin(owner, time);
  }

  #begin(owner: number, time: number): number {
    // Bins may become half as many here, also those of the runs so far.
    const bin = this.#timeline.bin(time);
    const run = this.#runs++;
    if (run === this.#owners.length) this.#growRuns();
    this.#edges[0] = this.#timeline.begins;
    this.#edges[1] = this.#timeline.ends;
    this.#owners[run] = owner;
    this.#bins[run] = bin;
    this.#lengths[run] = 0;
    this.#counts[run] = NO_PAGES;
    return run;
  }

  #growOperations(): void {
    const size = largerThan(this.#times.length);
    this.#times = grown(this.#times, new Float64Array(size));
    this.after = new Int32Array(size);
  }

  #growRuns(): void {
    const size = largerThan(this.#owners.length);
    this.#owners = grown(this.#owners, new Int32Array(size));
    this.#bins = grown(this.#bins, new Int32Array(size));
    this.#lengths = grown(this.#lengths, new Int32Array(size));
    this.#counts = grown(this.#counts, new Int32Array(size));
  }
}
