/**
 * Turns a trace's events into operations, in trace order, and into samples to compare with. A fault takes effect at
 * its own thread's next event, a call at its exit.
 */

import {
  MADV_DONTNEED,
  MAP_GROWSDOWN,
  MAP_PRIVATE,
  MAP_SHARED,
  type OpCodes,
  PAGE_BYTES,
} from "../record/codes.js";
import { ascii } from "../trace/digits.js";
import * as Ev from "../trace/event.js";
import { Calls } from "./calls.js";
import { Counts } from "./counts.js";
import { Faults } from "./faults.js";
import { ANONYMOUS, FileTable } from "./files.js";
import { Lifetimes } from "./lifetimes.js";
import type { OpSink, SampleSink } from "./machine.js";
import type { Recorder } from "./recorder/recorder.js";
import type { MappingNames } from "./recorder/scene.js";
import { shortName } from "./tally.js";
import { NO_FAULT, Tasks, type Thread } from "./tasks.js";
import { Whole } from "./whole.js";

/** The sizes of the machine that runs a program's operations. */
export interface ProgramTarget {
  readonly codes: OpCodes;
  /** Address space slots. */
  readonly spaces: number;
  /** File slots, with the unused slot 0. */
  readonly files: number;
}

/** What a program did, in numbers. */
export interface ProgramFigures {
  /** Page faults that became accesses. */
  readonly faults: number;
  readonly forks: number;
  /** Processes that began in their parent's address space. */
  readonly vforks: number;
  readonly execs: number;
  /** Events that perf lost. */
  readonly lost: number;
  /** Skipped events, by name. */
  readonly skipped: ReadonlyMap<string, number>;
}

const STACK = ascii("[stack]");

/** Calls that may fill pages by themselves. */
const GROWING = new Set<number>([
  Ev.CALL_MMAP,
  Ev.CALL_BRK,
  Ev.CALL_MPROTECT,
  Ev.CALL_PKEY_MPROTECT,
  Ev.CALL_MLOCK,
  Ev.CALL_MLOCK2,
  Ev.CALL_MLOCKALL,
]);

/** Receives a trace's events and passes on operations and samples. */
export class Program implements Ev.TraceVisitor {
  readonly #sink: OpSink;
  readonly #samples: SampleSink;
  readonly #tasks: Tasks;
  readonly #files: FileTable;
  readonly #calls: Calls;
  readonly #faults: Faults;
  readonly #lives: Lifetimes;
  readonly #counts: Counts;
  readonly #whole = new Whole();
  readonly #recorder: Recorder | undefined;
  readonly #skipped = new Map<string, number>();
  /** Events that perf lost: as it noticed, and summed up by it at the end. Either may be missing. */
  readonly #lost: [number, number] = [0, 0];

  constructor(target: ProgramTarget, sink: OpSink, samples: SampleSink, recorder?: Recorder) {
    this.#recorder = recorder;
    this.#sink = sink;
    this.#samples = samples;
    const { codes } = target;
    const skip = (name: string) => this.#skip(name);
    this.#tasks = new Tasks(target.spaces);
    this.#files = new FileTable(target.files, skip);
    this.#calls = new Calls(codes, sink, this.#files, skip);
    this.#faults = new Faults(codes, sink, samples, skip, recorder);
    this.#lives = new Lifetimes(codes, this.#tasks, sink, this.#calls, this.#faults, recorder);
    const parts = { tasks: this.#tasks, faults: this.#faults, lives: this.#lives };
    this.#counts = new Counts(parts, samples, skip, recorder);
  }

  /** Names for the mappings of living address spaces. */
  names(): MappingNames {
    const spaces = new Map([...this.#tasks.threads.values()].map(({ space }) => [space.slot, space]));
    return {
      file: (slot) => this.#files.name(slot),
      ends: (slot) => ({ heap: spaces.get(slot)?.brk ?? 0, stack: spaces.get(slot)?.stackTop ?? 0 }),
    };
  }

  /** The figures so far. */
  figures(): ProgramFigures {
    const { forks, vforks, execs } = this.#lives;
    return {
      faults: this.#faults.count,
      forks,
      vforks,
      execs,
      lost: Math.max(...this.#lost),
      skipped: this.#skipped,
    };
  }

  event(event: Ev.TraceEvent): boolean {
    const { kind } = event;
    // Another tool's event, such as a sample of the CPU's clock, may come between a fault and its count.
    if (kind === Ev.EV_OTHER) {
      this.#whole.see(kind);
      this.#skip(event.text());
      return this.#sink.full;
    }
    let thread = this.#tasks.find(event.tid);
    this.#recorder?.turn(thread?.process ?? -1, event.time);
    if (thread === undefined && kind <= Ev.EV_RSS_STAT && event.tid > 0) {
      thread = this.#lives.adopt(event.pid, event.tid, event);
    }
    if (thread === undefined) {
      this.#change(undefined, event);
      return this.#sink.full;
    }
    if (thread.lastWrite) {
      thread.lastWrite = false;
      thread.space.writers--;
    }
    if (thread.faultAddress !== NO_FAULT) this.#faults.settle(thread);
    if (kind <= Ev.EV_FAULT_KERNEL) {
      this.#faults.note(thread, event);
    } else if (kind === Ev.EV_RSS_STAT) {
      this.#counts.count(thread, event);
    } else if (!growsStack(thread, event)) {
      thread.lastFault = false;
      this.#change(thread, event);
    }
    return this.#sink.full;
  }

  /**
   * Ends the trace: waiting faults take effect, and the remaining address spaces end. Returns false when the sink is
   * full before the end: empty it and call again.
   */
  finish(): boolean {
    // Ended ones leave the map during the iteration. A Map allows that.
    for (const thread of this.#tasks.threads.values()) {
      if (this.#sink.full) return false;
      this.#lives.end(thread, thread.faultCpu);
    }
    return true;
  }

  /** Throws InputError when the recording `file`, which ended at `line`, lacks records that a replay needs. */
  checkWhole(file: string, line: number, unmapped: number): void {
    this.#whole.check(file, line, unmapped + (this.#skipped.get("unmapped") ?? 0));
  }

  /** Any event but faults and counts. */
  #change(thread: Thread | undefined, event: Ev.TraceEvent): void {
    this.#whole.see(event.kind);
    const lives = this.#lives;
    switch (event.kind) {
      case Ev.EV_SYS_ENTER:
        if (thread === undefined) break;
        if (event.call < Ev.FIRST_BYSTANDER) enterCall(thread, event);
        else thread.bystander = event.call;
        break;
      case Ev.EV_SYS_EXIT:
        if (thread === undefined) break;
        if (event.call < Ev.FIRST_BYSTANDER) this.#exitCall(thread, event);
        else leaveBystander(thread);
        break;
      case Ev.EV_MAP:
        this.#mapping(event);
        break;
      case Ev.EV_FORK:
      case Ev.EV_SCHED_FORK:
        lives.fork(thread, event);
        break;
      case Ev.EV_COMM:
        lives.comm(event);
        break;
      case Ev.EV_EXIT:
        lives.recordsSeen = true;
        lives.end(this.#tasks.find(event.childTid), event.cpu);
        break;
      case Ev.EV_SCHED_EXIT:
        if (!lives.recordsSeen) lives.end(this.#tasks.find(event.childTid), event.cpu);
        break;
      case Ev.EV_SCHED_EXEC:
        // A thread that is not the leader takes the leader's number at exec. Its own number is gone.
        if (event.parentTid !== event.childTid) lives.end(this.#tasks.find(event.parentTid), event.cpu);
        break;
      case Ev.EV_LOST:
        this.#lost[event.lostSamples ? 1 : 0] += event.lost;
        break;
    }
  }

  #exitCall(thread: Thread, event: Ev.TraceEvent): void {
    if (thread.call !== event.call) {
      this.#skip(`syscalls:sys_exit_${Ev.CALL_NAMES[event.call]} without its start`);
      return;
    }
    this.#calls.apply(thread, event.result, event.cpu);
    const { space, call } = thread;
    thread.call = -1;
    if (thread.drop !== undefined) space.drops.delete(thread.drop);
    thread.drop = undefined;
    space.inside--;
    if (space.inside === 0 && space.writers === 0) this.#samples.leave(space.slot, GROWING.has(call));
  }

  #mapping(event: Ev.TraceEvent): void {
    if (event.childPid <= 0) return;
    const thread = this.#tasks.find(event.childTid);
    if (thread !== undefined && thread.call >= 0) {
      // The call's exit makes the mapping. This record names its file.
      if (thread.call === Ev.CALL_MMAP) thread.callFile = this.#files.identify(event);
      else if (thread.call === Ev.CALL_BRK) thread.callStart = event.mapStart;
      else if (thread.call === Ev.CALL_SHMAT) {
        thread.callFile = this.#files.identify(event);
        thread.callStart = event.mapStart;
        thread.callLength = event.mapLength;
        thread.callProt = event.prot;
      }
      return;
    }
    // perf prints mappings that existed before the recording at time 0.
    if (event.time === 0 || thread?.inExec) {
      this.#place(thread ?? this.#lives.adopt(event.childPid, event.childTid, event), event);
      return;
    }
    // A call outside the trace changed a protection.
    if (thread === undefined || event.textIs(STACK)) return;
    this.#calls.protect(thread.space, event.mapStart, event.mapLength, event.prot, event.cpu);
  }

  /** A mapping that exec made, or that existed before. */
  #place(thread: Thread, event: Ev.TraceEvent): void {
    const { space } = thread;
    const stack = event.textIs(STACK);
    const flags = (event.shared ? MAP_SHARED : MAP_PRIVATE) | (stack ? MAP_GROWSDOWN : 0);
    const file = this.#files.identify(event);
    const offset = file === ANONYMOUS ? 0 : event.mapOffset;
    this.#calls.map(space, event.mapStart, event.mapLength, event.prot, flags, file, offset, event.cpu);
    if (!stack || !thread.inExec) return;
    space.stackTop = event.mapStart + event.mapLength;
    if (space.unseeded < 0) this.#lives.seed(space, thread.newPages, event.cpu);
  }

  #skip(full: string): void {
    const name = shortName(full);
    this.#skipped.set(name, (this.#skipped.get(name) ?? 0) + 1);
  }
}

/** A mapping record that a fault below the stack makes: it belongs to the fault, whose count follows. */
function growsStack(thread: Thread, event: Ev.TraceEvent): boolean {
  return (
    event.kind === Ev.EV_MAP && thread.lastFault && !thread.inExec && event.time > 0 && event.textIs(STACK)
  );
}

function enterCall(thread: Thread, event: Ev.TraceEvent): void {
  if (thread.call < 0) thread.space.inside++;
  thread.inExec = false;
  thread.call = event.call;
  thread.args.set(event.args);
  thread.callFile = 0;
  thread.callStart = 0;
  if (thread.drop !== undefined) thread.space.drops.delete(thread.drop);
  thread.drop = undefined;
  if (event.call !== Ev.CALL_MADVISE || event.args[2] !== MADV_DONTNEED) return;
  const start = event.args[0] as number;
  thread.drop = {
    cursor: start,
    end: start + Math.ceil((event.args[1] as number) / PAGE_BYTES) * PAGE_BYTES,
  };
  thread.space.drops.add(thread.drop);
}

/** The thread is back from a call that changes no mapping. */
function leaveBystander(thread: Thread): void {
  if (thread.bystander === Ev.CALL_USERFAULTFD) thread.space.filledByUser = true;
  thread.bystander = -1;
}
