/** Turns page faults into accesses. A fault takes effect at its own thread's next event. */

import { MADV_DONTNEED, type OpCodes, PAGE_BYTES, USER_END } from "../record/codes.js";
import { EV_FAULT_USER, FAULT_FETCH, FAULT_PRESENT, FAULT_WRITE, type TraceEvent } from "../trace/event.js";
import type { OpSink, SampleSink } from "./machine.js";
import { TOUCH_WINDOW } from "./machine.js";
import type { Recorder } from "./recorder/recorder.js";
import { type Drop, NO_FAULT, type Space, type Thread } from "./tasks.js";
import { writeValue } from "./value.js";

/** Pages of the smallest and the largest huge page of anonymous memory. */
const SMALLEST_HUGE = 4;
const LARGEST_HUGE = 512;

/** Keeps each thread's fault until it takes effect. */
export class Faults {
  readonly #codes: OpCodes;
  readonly #sink: OpSink;
  readonly #samples: SampleSink;
  readonly #skip: (name: string) => void;
  readonly #recorder: Recorder | undefined;
  /** Faults that became accesses. */
  count = 0;

  constructor(
    codes: OpCodes,
    sink: OpSink,
    samples: SampleSink,
    skip: (name: string) => void,
    recorder?: Recorder,
  ) {
    this.#codes = codes;
    this.#sink = sink;
    this.#samples = samples;
    this.#skip = skip;
    this.#recorder = recorder;
  }

  /** The thread faults. An earlier fault of it has already taken effect. */
  note(thread: Thread, event: TraceEvent): void {
    // Where the kernel may not wait it lets a fault fail, and repeats it later (copy_fpstate_to_sigframe does).
    thread.again =
      thread.lastFault && !thread.counted && samePage(event.address, thread.lastAddress) && !thread.inExec;
    thread.faultAddress = event.address;
    thread.faultCode = event.errorCode;
    thread.faultCpu = event.cpu;
    thread.faultTime = event.time;
    thread.lastFault = true;
    thread.counted = false;
    thread.lastAddress = event.address;
    if (event.kind === EV_FAULT_USER) thread.inExec = false;
    if (thread.space.drops.size > 0 && (event.errorCode & FAULT_PRESENT) === 0)
      this.#pass(thread.space, event.address, event.cpu);
    if (thread.space.filledByUser) thread.space.waiting.add(thread);
    if ((event.errorCode & FAULT_WRITE) !== 0) {
      thread.lastWrite = true;
      thread.space.writers++;
    }
  }

  /** A page is absent, though it was there, in a range that another thread drops now: that has come past the page. */
  #pass(space: Space, address: number, cpu: number): void {
    for (const drop of space.drops)
      if (address >= drop.cursor && address < drop.end && space.anon?.has(address))
        this.#advance(space, drop, (Math.floor(address / PAGE_BYTES) + 1) * PAGE_BYTES, cpu);
  }

  /** The thread is inside a call that drops pages, and the kernel counts `fall` pages less: it has passed so many. */
  dropped({ space, drop }: Thread, fall: number, cpu: number): void {
    if (drop === undefined || space.anon === undefined || fall <= 0 || space.users < 2) return;
    this.#advance(space, drop, space.anon.behind(drop.cursor, drop.end, fall), cpu);
  }

  /** Drops the pages up to `to` now, so that what a fault maps there from now on stays. */
  #advance(space: Space, drop: Drop, to: number, cpu: number): void {
    const { cursor } = drop;
    if (to <= cursor) return;
    drop.cursor = to;
    space.anon?.remove(cursor, to);
    this.#sink.push(this.#codes.OP_MADVISE, 0, space.slot, MADV_DONTNEED, cursor, to - cursor, 0, cpu);
  }

  /**
   * After the thread's last fault the kernel counted `rise` more pages. Returns how many pages of a huge page that is; 0
   * when it is none. The window around the address is mapped, as far as the fault itself has not mapped it.
   */
  huge(thread: Thread, rise: number): number {
    const { space, faultCode: code, faultCpu: cpu, lastAddress } = thread;
    const isSize = rise >= SMALLEST_HUGE && rise <= LARGEST_HUGE && (rise & (rise - 1)) === 0;
    if (!isSize || (code & FAULT_WRITE) === 0 || lastAddress < 0 || lastAddress >= USER_END) return 0;
    const bytes = rise * PAGE_BYTES;
    const start = Math.floor(lastAddress / bytes) * bytes;
    this.#sink.push(this.#codes.OP_TOUCH, 0, space.slot, TOUCH_WINDOW, start, rise, 0, cpu);
    this.#samples.access(thread.window, false);
    for (let page = 0; page < rise; page++) space.anon?.add(start + page * PAGE_BYTES);
    return rise;
  }

  /** The thread has another event, or ends: its waiting fault, if any, takes effect on the CPU that recorded it. */
  settle(thread: Thread): void {
    const { space, faultAddress: address, faultCode: code, faultCpu: cpu } = thread;
    if (address === NO_FAULT) return;
    thread.faultAddress = NO_FAULT;
    if (space.filledByUser) space.waiting.delete(thread);
    if (address < 0 || address >= USER_END || (space.guards.length > 0 && space.guarded(address))) {
      this.#skip("unmapped");
      // It is no access, so it explains no count.
      thread.counted = true;
      return;
    }
    this.count++;
    const recorder = this.#recorder;
    recorder?.fault(thread);
    if ((code & FAULT_WRITE) !== 0) {
      if (space.unseeded >= 0) space.unseeded++;
      space.anon?.add(address);
      const value = writeValue(space.slot, Math.floor(address / PAGE_BYTES), this.count);
      this.#sink.push(this.#codes.OP_WRITE, 0, space.slot, 0, address, value, 0, cpu);
    } else {
      const flags = (code & FAULT_FETCH) !== 0 ? this.#codes.OPF_EXEC : 0;
      this.#sink.push(this.#codes.OP_READ, flags, space.slot, 0, address, 0, 0, cpu);
    }
    this.#samples.access(thread.access, thread.again);
    recorder?.settled();
  }
}

function samePage(one: number, other: number): boolean {
  return Math.floor(one / PAGE_BYTES) === Math.floor(other / PAGE_BYTES);
}
