/**
 * What each CPU has counted, split among processes and times. Where the process or the bin of its operations changes, a CPU tells its
 * counters. What it has counted since it told them before belongs to the process and the time of the operations in between.
 */

import { grown, largerThan } from "../growth.js";
import { COUNTERS, type Lanes } from "./lanes.js";
import { NO_PROCESS } from "./processes.js";
import type { TallyReader } from "./scene.js";
import type { Timeline } from "./timeline.js";

/** A CPU whose next operation needs no tally before it: the last one was a tally. */
const FRESH = -3;
/** A CPU that has told nothing yet. */
const UNKNOWN = -2;

/** Numbers of a mark: the CPU, the record's index in its window, and whose operations came before it, in which bin. */
const MARK = 4;
const INDEX = 1;
const PLACE = 2;
const BIN = 3;
/** Marks at first. */
const FIRST_MARKS = 4;

/** Knows whose operations each CPU runs, and the tallies of the window. */
export class Tallies {
  readonly #reader: TallyReader;
  readonly #lanes: Lanes;
  readonly #timeline: Timeline;
  /** By CPU: whose operations run, the bin of the first one and where that begins and ends, the counters at the last tally. */
  readonly #places: Int32Array;
  readonly #bins: Int32Array;
  readonly #begins: Float64Array;
  readonly #ends: Float64Array;
  readonly #told: Uint32Array[];
  readonly #words = new Uint32Array(COUNTERS.length);
  /** The window's marks. */
  #marks = new Int32Array(FIRST_MARKS * MARK);
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
    this.#begins = new Float64Array(cpus);
    this.#ends = new Float64Array(cpus);
    this.#told = Array.from({ length: cpus }, () => new Uint32Array(COUNTERS.length));
  }

  /** An operation of a process comes next on a CPU. True: the CPU must tell its counters before it (see `told`). */
  changes(cpu: number, place: number, time: number): boolean {
    const before = this.#places[cpu] as number;
    if (before === place && time >= (this.#begins[cpu] as number) && time < (this.#ends[cpu] as number))
      return false;
    const bin = this.#timeline.bin(time);
    if (before === place && this.#bins[cpu] === bin) return false;
    if (before !== FRESH) return true;
    this.#take(cpu, place, bin);
    return false;
  }

  /** Bins 2n and 2n + 1 become bin n. What a CPU does in the part of it that it knows stays in one bin. */
  halve(): void {
    for (let cpu = 0; cpu < this.#bins.length; cpu++) this.#bins[cpu] = (this.#bins[cpu] as number) >> 1;
    const marks = this.#marks;
    for (let at = 0; at < this.#length * MARK; at += MARK) marks[at + BIN] = (marks[at + BIN] as number) >> 1;
  }

  /** The tally that `changes` asked for is record `index` of the CPU's window. */
  told(cpu: number, index: number, place: number, time: number): void {
    this.#mark(cpu, index);
    this.#take(cpu, place, this.#timeline.bin(time));
  }

  /** The last record of a CPU's window is a tally. */
  closes(cpu: number, index: number): void {
    this.#mark(cpu, index);
    this.#places[cpu] = FRESH;
  }

  /** The window has run: adds up what the CPUs told. */
  settle(): void {
    const [words, marks] = [this.#words, this.#marks];
    for (let at = 0; at < this.#length * MARK; at += MARK) {
      const cpu = marks[at] as number;
      const place = marks[at + PLACE] as number;
      const told = this.#told[cpu] as Uint32Array;
      this.#reader.tally(cpu, marks[at + INDEX] as number, words);
      if (place !== NO_PROCESS) this.#lanes.count(place, marks[at + BIN] as number, words, told);
      for (let counter = 0; counter < words.length; counter++) told[counter] = words[counter] as number;
    }
    this.#length = 0;
  }

  #take(cpu: number, place: number, bin: number): void {
    this.#places[cpu] = place;
    this.#bins[cpu] = bin;
    this.#begins[cpu] = this.#timeline.begins;
    this.#ends[cpu] = this.#timeline.ends;
  }

  #mark(cpu: number, index: number): void {
    this.count++;
    const at = this.#length++ * MARK;
    if (at === this.#marks.length)
      this.#marks = grown(this.#marks, new Int32Array(largerThan(this.#marks.length)));
    this.#marks[at] = cpu;
    this.#marks[at + INDEX] = index;
    this.#marks[at + PLACE] = Math.max(NO_PROCESS, this.#places[cpu] as number);
    this.#marks[at + BIN] = this.#bins[cpu] as number;
  }
}
