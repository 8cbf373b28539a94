/**
 * Records what a replay does, by time, by process and by kind. Where the process or the time of the operations changes on a
 * CPU, it lets that CPU tell its counters, so the sums over processes are exactly the engine's. It works in steps that are
 * counted, so that it never takes more than a small share of the replay. For an event or an operation it makes no object.
 */

import { Breaks } from "./breaks.js";
import { FaultLog, type WaitingFault } from "./fault-log.js";
import type { ProcessFigures, RecorderFigures } from "./figures.js";
import { Journal } from "./journal.js";
import { COUNTERS, Lanes, STRIDE } from "./lanes.js";
import { wordsOf } from "./mappings.js";
import { Moments } from "./moments.js";
import { type Began, NO_PROCESS, Processes, type RecordedProcess } from "./processes.js";
import type { MappingNames, ReplayScene, TallyReader } from "./scene.js";
import { Tallies } from "./tallies.js";
import { Timeline } from "./timeline.js";

/** A space that ends with fewer pages than that is not worth a look. */
const WORTH_PAGES = 64;

/** What to record besides. */
export interface RecorderOptions {
  /** Keep every fault, for a trace of them. */
  readonly faults?: boolean;
}

/** Receives what the parts of a replay know, and gives figures at the end. */
export class Recorder {
  readonly processes = new Processes();
  readonly #lanes = new Lanes();
  readonly #timeline = new Timeline(() => {
    this.#lanes.halve();
    this.#journal.halve();
    this.#tallies.halve();
  });
  readonly #journal = new Journal(this.processes, this.#lanes, this.#timeline);
  readonly #breaks = new Breaks();
  readonly #scene: ReplayScene;
  readonly #moments: Moments;
  readonly #tallies: Tallies;
  readonly #log: FaultLog | undefined;
  /** Whose operation comes next, and when it was recorded; behind that the time before a fault. An array needs no object for a time. */
  #place = NO_PROCESS;
  readonly #clock = new Float64Array(2);
  /** Names the files; the program gives it. */
  #file: (slot: number) => string = () => "";
  #ended = false;

  constructor(machine: TallyReader & ReplayScene, options: RecorderOptions = {}) {
    this.#scene = machine;
    this.#moments = new Moments(machine, this.processes);
    this.#tallies = new Tallies(machine, this.#lanes, this.#timeline);
    this.#log = options.faults ? new FaultLog() : undefined;
  }

  /** The next operations are those of a process, at a time of the trace's clock. */
  turn(place: number, time: number): void {
    this.#place = place;
    this.#clock[0] = time;
  }

  /** The next operations are those of another process, at the same time. */
  as(place: number): void {
    this.#place = place;
  }

  /** The time of the next operations. */
  get time(): number {
    return this.#clock[0] as number;
  }

  /** A waiting fault takes effect now. The next operation, up to `settled`, is the fault's. */
  fault(fault: WaitingFault): void {
    const clock = this.#clock;
    this.#log?.add(fault, this.time);
    this.#place = fault.process;
    clock[1] = clock[0] as number;
    clock[0] = fault.faultTime;
  }

  /** The fault has taken effect: the time is again what it was before. */
  settled(): void {
    this.#clock[0] = this.#clock[1] as number;
  }

  /** A process begins, at the time of the next operations. Returns its place. `slot`: its address space, if it has one of its own. */
  begin(pid: number, comm: string, began: Began, parent: number, slot?: number): number {
    this.#timeline.bin(this.time);
    const place = this.processes.begin(pid, comm, began, parent, this.time, slot);
    this.#lanes.add();
    // Only a fork makes more of memory shared, and more mappings of a page.
    if (began === "fork") {
      const worth = this.#moments.forked(place);
      if (worth === "much") this.#breaks.asked = true;
      else if (worth === "some") this.#breaks.ask();
      if (worth !== "nothing" && this.#breaks.asked) this.#moments.awaited();
    }
    return place;
  }

  /** The kernel counts so many anonymous pages of an address space, as far as the trace is read. */
  counted(slot: number, time: number, pages: number): void {
    const owner = this.processes.owner(slot);
    if (owner === NO_PROCESS) return;
    this.processes.expected[owner] = pages;
    this.#journal.count(owner, time, pages);
  }

  /** A process runs another program from now on, in the address space in `slot`. Returns the place of what it is now. */
  exec(place: number, pid: number, comm: string, slot: number): number {
    this.end(place);
    return this.begin(pid, comm, "exec", place, slot);
  }

  /** The last thread of a process ends. */
  end(place: number): void {
    if (place !== NO_PROCESS && !this.#ended) this.#process(place).end = this.time;
  }

  /** A process has another name. */
  rename(place: number, comm: string): void {
    if (place !== NO_PROCESS) this.#process(place).comm = comm;
  }

  /** The recording ends here: what still runs has no end. */
  close(): void {
    this.#ended = true;
  }

  /** An address space with so many pages is about to end. */
  ending(pages: number): void {
    if (pages >= WORTH_PAGES && this.#moments.mayHaveMostFrames()) this.#breaks.ask();
  }

  /** True when the window should end. */
  get asked(): boolean {
    return this.#breaks.asked;
  }

  /**
   * An operation comes next on a CPU, and changes the pages of the address space in a slot. True: the CPU must tell its counters
   * first; push an OP_TALLY, and say where with `told`.
   */
  operation(cpu: number, slot: number): boolean {
    const time = this.#clock[0] as number;
    this.#breaks.operation();
    this.#journal.operation(this.processes.owner(slot), time);
    return this.#tallies.changes(cpu, this.#place, time);
  }

  /** The tally that `operation` asked for is record `index` of the CPU's window. */
  told(cpu: number, index: number): void {
    this.#tallies.told(cpu, index, this.#place, this.time);
  }

  /** The last record of a CPU's window is a tally. */
  closes(cpu: number, index: number): void {
    this.#tallies.closes(cpu, index);
  }

  /** Of each operation of a whole window: takes the anonymous pages behind it, or NO_PAGES, before `settle`. */
  get after(): Int32Array {
    return this.#journal.after;
  }

  /** The window has run: works out what its operations did, and adds up what the CPUs told. */
  settle(): void {
    this.#journal.settle();
    this.#tallies.settle();
  }

  /** The machine is at rest. `last`: the recording has ended, and its processes still live. */
  rest(names: () => MappingNames, last = false): void {
    this.#breaks.rest();
    if (last) this.#file = names().file;
    this.#moments.look(this.#timeline.seconds(this.time), this.#breaks.operations, names, last);
  }

  /** All that was recorded. */
  figures(): RecorderFigures {
    const timeline = this.#timeline;
    const lanes = this.processes.all.map((_, place) => this.#lanes.rows(place));
    const moments = this.#moments.figures();
    return {
      seconds: timeline.seconds(timeline.end),
      binSeconds: timeline.width / 1e9,
      processes: lanes.map((rows, place) => this.#figures(place, rows)),
      lanes,
      sharing: this.#moments.sharing,
      mostSavedPages: this.#moments.mostSaved,
      mostMappings: this.processes.largestFamily,
      best: this.#moments.best,
      pressure: this.#moments.pressure,
      moments,
      words: wordsOf(moments, this.#file, (flags) => this.#scene.permissions(flags)),
      ...(this.#log && { faults: this.#log.figures(Math.max(0, timeline.start)) }),
      work: {
        tallies: this.#tallies.count,
        breaks: this.#breaks.count,
        scans: this.#moments.scans,
        read: this.#moments.read,
        seeks: timeline.seeks,
        steps: this.#lanes.steps,
      },
    };
  }

  /** The figures of a process. Its rows have the sums of its counters. */
  #figures(place: number, rows: Int32Array): ProcessFigures {
    const sums = new Array<number>(COUNTERS.length).fill(0);
    for (let at = 1; at < rows.length; at += STRIDE)
      for (let counter = 0; counter < sums.length; counter++)
        sums[counter] = (sums[counter] as number) + (rows[at + counter] as number);
    const [anon = 0, cow = 0, file = 0, zero = 0, swapIn = 0, reused = 0] = sums;
    const process = this.#process(place);
    const timeline = this.#timeline;
    return {
      id: place,
      pid: process.pid,
      comm: process.comm,
      began: process.began,
      parent: process.parent === NO_PROCESS ? null : process.parent,
      startSeconds: timeline.seconds(process.start),
      endSeconds: process.end < 0 ? null : timeline.seconds(process.end),
      faults: { anon, cow, file, zero },
      copies: cow - reused,
      swapIn,
      peakAnonPages: this.processes.peaks[place] as number,
      peakSeconds: timeline.seconds(this.processes.peakTimes[place] as number),
      forks: process.forks,
      vforks: process.vforks,
    };
  }

  #process(place: number): RecordedProcess {
    return this.processes.all[place] as RecordedProcess;
  }
}
