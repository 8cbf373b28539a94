/**
 * Turns a trace's events into operations, in trace order, and into samples to compare with. A fault takes effect at
 * its own thread's next event, a call at its exit.
 */

import {
  MADV_DONTNEED,
  MADV_PAGEOUT,
  MAP_GROWSDOWN,
  MAP_PRIVATE,
  MAP_SHARED,
  type OpCodes,
  PAGE,
} from "../record/codes.js";
import { CAUSE_USERFAULTFD, causeName, NO_CAUSE } from "../trace/causes.js";
import { ascii } from "../trace/digits.js";
import * as Ev from "../trace/event.js";
import { Calls } from "./calls.js";
import { Faults } from "./faults.js";
import { ANONYMOUS, FileTable } from "./files.js";
import { Lifetimes } from "./lifetimes.js";
import { type OpSink, SAMPLE_FAULT, SAMPLE_OTHER, SAMPLE_OUTSIDE, type SampleSink } from "./machine.js";
import { shortName } from "./tally.js";
import { NO_FAULT, type Space, Tasks, type Thread } from "./tasks.js";
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

const FAULT_KIND = Ev.FAULT_PRESENT | Ev.FAULT_WRITE;

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
  readonly #whole = new Whole();
  readonly #skipped = new Map<string, number>();
  /** Events that perf lost: as it noticed, and summed up by it at the end. Either may be missing. */
  readonly #lost: [number, number] = [0, 0];

  constructor(target: ProgramTarget, sink: OpSink, samples: SampleSink) {
    this.#sink = sink;
    this.#samples = samples;
    const { codes } = target;
    const skip = (name: string) => this.#skip(name);
    this.#tasks = new Tasks(target.spaces);
    this.#files = new FileTable(target.files, skip);
    this.#calls = new Calls(codes, sink, this.#files, skip);
    this.#faults = new Faults(codes, sink, samples, skip);
    this.#lives = new Lifetimes(codes, this.#tasks, sink, this.#calls, this.#faults);
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
    let thread = this.#tasks.find(event.tid);
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
      this.#rssStat(thread, event);
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
      case Ev.EV_OTHER:
        this.#skip(event.text());
        break;
    }
  }

  #rssStat(thread: Thread, event: Ev.TraceEvent): void {
    this.#lives.countsSeen = true;
    if (!event.current) {
      thread.lastFault = false;
      this.#foreignCount(thread, event);
      return;
    }
    const { space } = thread;
    if (space.mmId === 0) this.#tasks.name(space, event.mmId);
    if (event.counter !== Ev.RSS_ANON) return;
    if (space.mmId !== event.mmId) {
      this.#skip("kmem:rss_stat of another address space");
      return;
    }
    const pages = event.bytes / PAGE;
    if (space.unseeded >= 0) this.#lives.seed(space, Math.max(0, pages - space.unseeded), event.cpu);
    const rise = pages - space.lastPages;
    const known = space.lastPages >= 0;
    space.lastPages = pages;
    if (thread.drop !== undefined && known) this.#faults.dropped(thread, -rise, event.cpu);
    // While another thread waits for a page, a fault explains a count only if it is a write that found no page.
    const waited = space.waiting.size > 0 && (thread.faultCode & FAULT_KIND) !== Ev.FAULT_WRITE;
    const first = thread.lastFault && !thread.counted && !waited;
    const huge = first && known ? this.#faults.huge(thread, rise) : 0;
    thread.counted = true;
    const explained = (thread.call >= 0 && !pagesOut(thread)) || thread.inExec || thread.newMmId !== 0;
    const fills = event.cause === NO_CAUSE ? !first && !explained : event.cause === CAUSE_USERFAULTFD;
    if (fills && rise > 0 && this.#filled(thread, event)) return;
    const kind = first ? SAMPLE_FAULT : explained ? SAMPLE_OTHER : SAMPLE_OUTSIDE;
    // A fault takes no page away. Where a thread's fault has a lower count than another thread had before, perf's clock put
    // the two in the wrong order.
    const inOrder = !known || rise >= 0 || space.users < 2;
    this.#sample(thread, event, kind, huge, inOrder);
  }

  /**
   * The thread maps a page for another one (UFFDIO_COPY): it is the page that one waits for, whose fault takes effect now.
   * False: nobody waits.
   */
  #filled({ space }: Thread, event: Ev.TraceEvent): boolean {
    const [waiting] = space.waiting;
    if (waiting === undefined) return false;
    this.#faults.settle(waiting);
    waiting.counted = true;
    if (waiting.lastWrite) {
      waiting.lastWrite = false;
      space.writers--;
    }
    this.#sample(waiting, event, SAMPLE_FAULT, 0, true);
    return true;
  }

  /** Hands on a count of the thread's address space, or of `space`. */
  #sample(
    thread: Thread,
    event: Ev.TraceEvent,
    kind: number,
    huge: number,
    inOrder: boolean,
    space = thread.space,
  ): void {
    this.#samples.sample({
      space: space.slot,
      pages: event.bytes / PAGE,
      time: event.time,
      pid: event.pid,
      tid: event.tid,
      comm: thread.comm,
      kind,
      access: thread.access,
      huge,
      window: thread.window,
      comparable: inOrder && space.inside === 0 && space.writers === 0,
      cause: causeName(event.cause) || causeOf(thread, space),
    });
  }

  /** A count of an address space that is not the thread's own: the thread builds it or tears it down. */
  #foreignCount(thread: Thread, event: Ev.TraceEvent): void {
    const { mmId } = event;
    if (mmId === thread.space.mmId) {
      this.#tasks.forget(thread.space);
      return;
    }
    if (mmId !== thread.newMmId) {
      const other = this.#tasks.named(mmId);
      if (other !== undefined) {
        if (event.counter !== Ev.RSS_ANON) return;
        other.lastPages = event.bytes / PAGE;
        this.#sample(thread, event, SAMPLE_OUTSIDE, 0, true, other);
        return;
      }
      this.#tasks.build(thread, mmId);
      thread.newPages = 0;
    }
    if (event.counter === Ev.RSS_ANON) thread.newPages = event.bytes / PAGE;
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

/** The thread is in a call that takes away pages which the engine keeps. */
function pagesOut(thread: Thread): boolean {
  return thread.call === Ev.CALL_MADVISE && thread.args[2] === MADV_PAGEOUT;
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
  thread.drop = { cursor: start, end: start + Math.ceil((event.args[1] as number) / PAGE) * PAGE };
  thread.space.drops.add(thread.drop);
}

/** The thread is back from a call that changes no mapping. */
function leaveBystander(thread: Thread): void {
  if (thread.bystander === Ev.CALL_USERFAULTFD) thread.space.filledByUser = true;
  thread.bystander = -1;
}

/** Why the kernel counted a page of `space` though the thread did nothing that explains it. */
function causeOf(thread: Thread, space: Space): string {
  if (pagesOut(thread)) return "madvise(MADV_PAGEOUT)";
  if (thread.bystander >= 0) return Ev.CALL_NAMES[thread.bystander] as string;
  if (space !== thread.space) return "by another process";
  return space.filledByUser ? "userfaultfd" : "by the kernel itself";
}
