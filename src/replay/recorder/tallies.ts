/**
 * What each CPU has counted, split among processes and times. Where the process or the bin of its operations changes, a CPU tells its
 * counters. What it has counted since it told them before belongs to the process and the time of the operations in between.
 */

import { COUNTERS, type Lanes } from "./lanes.js";
import { NO_PROCESS } from "./processes.js";
import type { TallyReader } from "./scene.js";
import type { Timeline } from "./timeline.js";

/** A CPU whose next operation needs no tally before it: the last one was a tally. */
const FRESH = -3;
/** A CPU that has told nothing yet. */
const UNKNOWN = -2;

/** Numbers of a mark: the CPU, the record's index in its window, and whose operations came before it. */
const MARK = 3;
/** Marks at first. */
const FIRST_MARKS = 256;

/** Knows whose operations each CPU runs, and the tallies of the window. */
export class Tallies {
  readonly #reader: TallyReader;
  readonly #lanes: Lanes;
  readonly #timeline: Timeline;
  /** By CPU: whose operations run, the bin and the time of the first one, the counters at the last tally. */
  readonly #places: Int32Array;
  readonly #bins: Int32Array;
  readonly #times: Float64Array;
  readonly #told: Uint32Array[];
  readonly #words = new Uint32Array(COUNTERS.length);
  /** The window's marks, and their times. */
  #marks = new Int32Array(FIRST_MARKS * MARK);
  #markTimes = new Float64Array(FIRST_MARKS);
  #length = 0;
  /** All tallies so far. */
  count = 0;

  constructor(reader: TallyReader, lanes: Lanes, timeline: Timeline) {
    const { cpus } = reader;
    this.#reader = reader;
    this.#lanes = lanes;
    this.#timeline = timeline;
    this.#places = new Int32Array(cpus).fill(UNKNOWN);
    this.#bins = new Int32Array(cpus);
    this.#times = new Float64Array(cpus);
    this.#told = Array.from({ length: cpus }, () => new Uint32Array(COUNTERS.length));
  }

  /** An operation of a process comes next on a CPU. True: the CPU must tell its counters before it (see `told`). */
  changes(cpu: number, place: number, time: number): boolean {
    const bin = this.#timeline.bin(time);
    const before = this.#places[cpu] as number;
    if (before === place && this.#bins[cpu] === bin) return false;
    if (before !== FRESH) return true;
    this.#take(cpu, place, time, bin);
    return false;
  }

  /** The tally that `changes` asked for is record `index` of the CPU's window. */
  told(cpu: number, index: number, place: number, time: number): void {
    this.#mark(cpu, index);
    this.#take(cpu, place, time, this.#timeline.bin(time));
  }

  /** The last record of a CPU's window is a tally. */
  closes(cpu: number, index: number): void {
    this.#mark(cpu, index);
    this.#places[cpu] = FRESH;
  }

  /** The window has run: adds up what the CPUs told. */
  settle(): void {
    const words = this.#words;
    for (let mark = 0; mark < this.#length; mark++) {
      const cpu = this.#marks[mark * MARK] as number;
      const place = this.#marks[mark * MARK + 2] as number;
      const told = this.#told[cpu] as Uint32Array;
      this.#reader.tally(cpu, this.#marks[mark * MARK + 1] as number, words);
      if (place !== NO_PROCESS)
        this.#lanes.count(place, this.#timeline.bin(this.#markTimes[mark] as number), words, told);
      for (let counter = 0; counter < words.length; counter++) told[counter] = words[counter] as number;
    }
    this.#length = 0;
  }

  #take(cpu: number, place: number, time: number, bin: number): void {
    this.#places[cpu] = place;
    this.#bins[cpu] = bin;
    this.#times[cpu] = time;
  }

  #mark(cpu: number, index: number): void {
    this.count++;
    const mark = this.#length++;
    if (mark === this.#markTimes.length) this.#grow();
    this.#marks[mark * MARK] = cpu;
    this.#marks[mark * MARK + 1] = index;
    this.#marks[mark * MARK + 2] = Math.max(NO_PROCESS, this.#places[cpu] as number);
    this.#markTimes[mark] = this.#times[cpu] as number;
  }

  #grow(): void {
    const [marks, times] = [this.#marks, this.#markTimes];
    this.#marks = new Int32Array(marks.length * 2);
    this.#markTimes = new Float64Array(times.length * 2);
    this.#marks.set(marks);
    this.#markTimes.set(times);
  }
}
