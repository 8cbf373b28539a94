/**
 * The kernel's own counts of anonymous pages (`kmem:rss_stat`), as samples to compare with: what made the kernel count, and
 * whether the engine's count can be compared at that point.
 */

import { MADV_PAGEOUT, PAGE_BYTES } from "../record/codes.js";
import { CAUSE_USERFAULTFD, causeName, NO_CAUSE } from "../trace/causes.js";
import * as Ev from "../trace/event.js";
import type { Faults } from "./faults.js";
import type { Lifetimes } from "./lifetimes.js";
import { SAMPLE_FAULT, SAMPLE_OTHER, SAMPLE_OUTSIDE, type SampleSink } from "./machine.js";
import type { Recorder } from "./recorder/recorder.js";
import type { Space, Tasks, Thread } from "./tasks.js";

const FAULT_KIND = Ev.FAULT_PRESENT | Ev.FAULT_WRITE;

/** What a program knows of its threads. */
interface Parts {
  readonly tasks: Tasks;
  readonly faults: Faults;
  readonly lives: Lifetimes;
}

/** Nobody can say which pages a process had before its recording, so its counts are compared from its next exec on. */
const FROM_BEFORE = "of processes older than the recording";

/** Receives counts, in trace order, and hands on samples. */
export class Counts {
  readonly #samples: SampleSink;
  readonly #tasks: Tasks;
  readonly #faults: Faults;
  readonly #lives: Lifetimes;
  readonly #skip: (name: string) => void;
  readonly #recorder: Recorder | undefined;

  constructor(parts: Parts, samples: SampleSink, skip: (name: string) => void, recorder?: Recorder) {
    this.#tasks = parts.tasks;
    this.#faults = parts.faults;
    this.#lives = parts.lives;
    this.#samples = samples;
    this.#skip = skip;
    this.#recorder = recorder;
  }

  /** The thread's event is a count (`kmem:rss_stat`). */
  count(thread: Thread, event: Ev.TraceEvent): void {
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
    const pages = pagesOf(event);
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
    const unknown = space.older && kind === SAMPLE_FAULT;
    this.#recorder?.counted(space.slot, event.time, pagesOf(event));
    this.#samples.sample({
      space: space.slot,
      pages: pagesOf(event),
      time: event.time,
      pid: event.pid,
      tid: event.tid,
      comm: thread.comm,
      kind: unknown ? SAMPLE_OUTSIDE : kind,
      access: thread.access,
      huge,
      window: thread.window,
      comparable: inOrder && space.inside === 0 && space.writers === 0,
      address: thread.lastAddress,
      write: (thread.faultCode & Ev.FAULT_WRITE) !== 0,
      cause: unknown ? FROM_BEFORE : causeName(event.cause) || causeOf(thread, space),
    });
  }

  /** A count of an address space that is not the thread's own: the thread builds it or tears it down. */
  #foreignCount(thread: Thread, event: Ev.TraceEvent): void {
    const { mmId } = event;
    if (mmId === thread.space.mmId) {
      if (this.#tasks.named(mmId) === thread.space) this.#recorder?.ending(thread.space.lastPages);
      this.#tasks.forget(thread.space);
      return;
    }
    if (mmId !== thread.newMmId) {
      const other = this.#tasks.named(mmId);
      if (other !== undefined) {
        if (event.counter !== Ev.RSS_ANON) return;
        other.lastPages = pagesOf(event);
        this.#sample(thread, event, SAMPLE_OUTSIDE, 0, true, other);
        return;
      }
      this.#tasks.build(thread, mmId);
      thread.newPages = 0;
    }
    if (event.counter === Ev.RSS_ANON) thread.newPages = pagesOf(event);
  }
}

/** The thread is in a call that takes away pages which the engine keeps. */
function pagesOut(thread: Thread): boolean {
  return thread.call === Ev.CALL_MADVISE && thread.args[2] === MADV_PAGEOUT;
}

/** Why the kernel counted a page of `space` though the thread did nothing that explains it. */
function causeOf(thread: Thread, space: Space): string {
  if (pagesOut(thread)) return "madvise(MADV_PAGEOUT)";
  if (thread.bystander >= 0) return Ev.CALL_NAMES[thread.bystander] as string;
  if (space !== thread.space) return "by another process";
  return space.filledByUser ? "userfaultfd" : "by the kernel itself";
}

/** The count in pages. The kernel counts whole ones; a damaged line may not. */
function pagesOf(event: Ev.TraceEvent): number {
  return Math.floor(event.bytes / PAGE_BYTES);
}
