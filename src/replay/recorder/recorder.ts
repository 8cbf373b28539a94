/**
 * Records what a replay does, by time, by process and by kind. Where the process or the time of the operations changes on a
 * CPU, it lets that CPU tell its counters, so the sums over processes are exactly the engine's. It works in steps that are
 * counted, so that it never takes more than a small share of the replay.
 */

import { FaultLog } from "./fault-log.js";
import type { FaultKinds, ProcessFigures, RecorderFigures } from "./figures.js";
import { COUNTERS } from "./lane.js";
import { Moments } from "./moments.js";
import { type Began, NO_PROCESS, Processes, type RecordedProcess } from "./processes.js";
import type { MappingNames, ReplayScene, TallyReader } from "./scene.js";
import { Timeline } from "./timeline.js";

/** Extra ends of windows that are free, and operations of the replay for each further one. */
const BREAKS_FIRST = 2;
const OPERATIONS_PER_BREAK = 4096;
/** A part of the operations so far, and the least number, after which there is a look at the machine. */
const PART = 64;
const LEAST = 1024;
/** A space that ends with fewer pages than that is not worth a look. */
const WORTH_PAGES = 64;

/** A CPU whose next operation needs no tally before it: the last one was a tally. */
const FRESH = -3;
/** A CPU that has told nothing yet. */
const UNKNOWN = -2;

/** A tally in the window that runs: what the CPU did since the last one belongs to a process and a time. */
interface Mark {
  readonly index: number;
  readonly place: number;
  readonly time: number;
}

/** What to record besides. */
export interface RecorderOptions {
  /** Keep every fault, for a trace of them. */
  readonly faults?: boolean;
}

/** Receives what the parts of a replay know, and gives figures at the end. */
export class Recorder {
  readonly processes = new Processes();
  readonly #timeline: Timeline;
  readonly #moments: Moments;
  readonly #reader: TallyReader;
  readonly #log: FaultLog | undefined;
  /** Whose operation comes next, and when it was recorded. */
  #place = NO_PROCESS;
  #time = 0;
  /** By CPU: whose operations run, the bin and the time of the last one, the counters at the last tally, the marks. */
  readonly #places: Int32Array;
  readonly #bins: Int32Array;
  readonly #times: Float64Array;
  readonly #told: Uint32Array[];
  readonly #marks: Mark[][];
  readonly #words = new Uint32Array(COUNTERS.length);
  #operations = 0;
  #since = 0;
  #breaks = 0;
  #tallies = 0;
  #asked = false;
  /** Names the files; the program gives it. */
  #file: (slot: number) => string = () => "";
  #ended = false;

  constructor(machine: TallyReader & ReplayScene, options: RecorderOptions = {}) {
    const { cpus } = machine;
    this.#reader = machine;
    this.#moments = new Moments(machine, this.processes);
    this.#timeline = new Timeline(() => {
      for (const { lane } of this.processes.all) lane.halve();
    });
    this.#log = options.faults ? new FaultLog() : undefined;
    this.#places = new Int32Array(cpus).fill(UNKNOWN);
    this.#bins = new Int32Array(cpus);
    this.#times = new Float64Array(cpus);
    this.#told = Array.from({ length: cpus }, () => new Uint32Array(COUNTERS.length));
    this.#marks = Array.from({ length: cpus }, () => []);
  }

  /** The next operations are those of a process, at a time of the trace's clock. */
  turn(place: number, time: number): void {
    this.#place = place;
    this.#time = time;
  }

  /** The next operations are those of another process, at the same time. */
  as(place: number): void {
    this.#place = place;
  }

  /** The time of the next operations. */
  get time(): number {
    return this.#time;
  }

  /** A waiting fault takes effect now. The next operation, up to `faulted`, is the fault's. */
  fault(place: number, tid: number, time: number, address: number, code: number, cpu: number): void {
    this.#log?.add({ time, end: this.#time, address, cpu, place, tid, code });
    this.#place = place;
    this.#time = time;
  }

  /** A process begins, at the time of the next operations. Returns its place. `slot`: its address space, if it has one of its own. */
  begin(pid: number, comm: string, began: Began, parent: number, slot?: number): number {
    this.#timeline.bin(this.#time);
    const place = this.processes.begin(pid, comm, began, parent, this.#time, slot);
    // Only a fork makes more of memory shared, and more mappings of a page.
    if (began === "fork") {
      const worth = this.#moments.forked(place);
      if (worth === "much") this.#asked = true;
      else if (worth === "some") this.ask();
      if (worth !== "nothing" && this.#asked) this.#moments.awaited();
    }
    return place;
  }

  /** The kernel counts so many anonymous pages, as far as the trace is read. */
  expects(place: number, pages: number): void {
    const found = this.processes.all[place];
    if (found !== undefined) found.expected = pages;
  }

  /** A process runs another program from now on, in the address space in `slot`. Returns the place of what it is now. */
  exec(place: number, pid: number, comm: string, slot: number): number {
    this.end(place);
    return this.begin(pid, comm, "exec", place, slot);
  }

  /** The last thread of a process ends. */
  end(place: number): void {
    const found = this.processes.all[place];
    if (found !== undefined && !this.#ended) found.end = this.#time;
  }

  /** A process has another name. */
  rename(place: number, comm: string): void {
    const found = this.processes.all[place];
    if (found !== undefined) found.comm = comm;
  }

  /** The recording ends here: what still runs has no end. */
  close(): void {
    this.#ended = true;
  }

  /** An address space with so many pages is about to end. */
  ending(pages: number): void {
    if (pages >= WORTH_PAGES && this.#moments.mayHaveMostFrames()) this.ask();
  }

  /** Asks for the end of the window, to look at the machine; not too often. `share`: of the looks that there may be. */
  ask(share = 1): void {
    if (this.#since > 0 && this.#breaks < share * (BREAKS_FIRST + this.#operations / OPERATIONS_PER_BREAK))
      this.#asked = true;
  }

  /** True when the window should end. */
  get asked(): boolean {
    return this.#asked;
  }

  /**
   * An operation comes next on a CPU. True: the CPU must tell its counters first; push an OP_TALLY, and say where with
   * `told`.
   */
  changes(cpu: number): boolean {
    this.#operations++;
    // Forks and ends are worth more: they get what the looks now and then leave.
    if (++this.#since >= Math.max(LEAST, this.#operations / PART)) this.ask(1 / 2);
    const bin = this.#timeline.bin(this.#time);
    const place = this.#places[cpu] as number;
    if (place === this.#place && this.#bins[cpu] === bin) return false;
    if (place !== FRESH) return true;
    this.#take(cpu, bin);
    return false;
  }

  /** The tally that `changes` asked for is record `index` of the CPU's window. */
  told(cpu: number, index: number): void {
    this.#mark(cpu, index);
    this.#take(cpu, this.#timeline.bin(this.#time));
  }

  /** The last record of a CPU's window is a tally. */
  closes(cpu: number, index: number): void {
    this.#mark(cpu, index);
    this.#places[cpu] = FRESH;
  }

  /** The window has run: adds up what the CPUs told. */
  settle(): void {
    const words = this.#words;
    for (const [cpu, marks] of this.#marks.entries()) {
      const told = this.#told[cpu] as Uint32Array;
      for (const { index, place, time } of marks) {
        this.#reader.tally(cpu, index, words);
        const found = this.processes.all[place];
        for (let counter = 0; counter < words.length; counter++) {
          const by = ((words[counter] as number) - (told[counter] as number)) >>> 0;
          if (by === 0 || found === undefined) continue;
          found.counts[counter] = (found.counts[counter] as number) + by;
          found.lane.count(this.#timeline.bin(time), counter, by);
        }
        told.set(words);
      }
      marks.length = 0;
    }
  }

  /** An address space has another number of anonymous pages. `place`: the process that owns it. */
  pages(place: number, time: number, pages: number): void {
    const found = this.processes.all[place];
    if (found === undefined || found.pages === pages) return;
    found.pages = pages;
    found.lane.pages(this.#timeline.bin(time), pages);
    if (pages <= found.peak) return;
    found.peak = pages;
    found.peakTime = time;
  }

  /** The kernel's count of them. */
  kernel(place: number, time: number, pages: number): void {
    this.processes.all[place]?.lane.kernel(this.#timeline.bin(time), pages);
  }

  /** The machine is at rest. `last`: the recording has ended, and its processes still live. */
  rest(names: () => MappingNames, last = false): void {
    if (this.#asked) this.#breaks++;
    this.#asked = false;
    this.#since = 0;
    if (last) this.#file = names().file;
    this.#moments.look(this.#timeline.seconds(this.#time), this.#operations, names, last);
  }

  /** All that was recorded. */
  figures(): RecorderFigures {
    const timeline = this.#timeline;
    const { all } = this.processes;
    return {
      seconds: timeline.seconds(timeline.end),
      binSeconds: timeline.width / 1e9,
      processes: all.map((process) => this.#process(process)),
      lanes: all.map(({ lane }) => lane.rows()),
      sharing: this.#moments.sharing,
      mostSavedPages: this.#moments.mostSaved,
      mostMappings: this.processes.largestFamily,
      best: this.#moments.best,
      pressure: this.#moments.pressure,
      moments: this.#moments.figures(this.#file),
      ...(this.#log && { faults: this.#log.figures(Math.max(0, timeline.start)) }),
      work: {
        ...{ tallies: this.#tallies, breaks: this.#breaks },
        ...{ scans: this.#moments.scans, read: this.#moments.read },
      },
    };
  }

  #process(process: RecordedProcess): ProcessFigures {
    const { place, pid, comm, began, parent, start, end, peak, peakTime, forks, vforks } = process;
    const of = (counter: (typeof COUNTERS)[number]) => process.counts[COUNTERS.indexOf(counter)] as number;
    const faults: FaultKinds = { anon: of("anon"), cow: of("cow"), file: of("file"), zero: of("zero") };
    const timeline = this.#timeline;
    return {
      ...{ id: place, pid, comm, began, parent: parent === NO_PROCESS ? null : parent },
      startSeconds: timeline.seconds(start),
      endSeconds: end < 0 ? null : timeline.seconds(end),
      faults,
      copies: faults.cow - of("reused"),
      swapIn: of("swapIn"),
      ...{ peakAnonPages: peak, peakSeconds: timeline.seconds(peakTime), forks, vforks },
    };
  }

  #take(cpu: number, bin: number): void {
    this.#places[cpu] = this.#place;
    this.#bins[cpu] = bin;
    this.#times[cpu] = this.#time;
  }

  #mark(cpu: number, index: number): void {
    this.#tallies++;
    const place = Math.max(NO_PROCESS, this.#places[cpu] as number);
    this.#marks[cpu]?.push({ index, place, time: this.#times[cpu] as number });
  }
}
