/**
 * Follows the forks, execs and exits of threads and address spaces. A trace has no clone flags. We recognise a real
 * fork by the samples of a new address space before its record. Without such samples the new thread shares, as
 * threads and vfork children do.
 */

import { type OpCodes, PAGE_BYTES } from "../record/codes.js";
import { EV_FORK, type TraceEvent } from "../trace/event.js";
import type { Calls } from "./calls.js";
import type { Faults } from "./faults.js";
import type { OpSink } from "./machine.js";
import type { Began } from "./recorder/processes.js";
import type { Recorder } from "./recorder/recorder.js";
import type { Space, Tasks, Thread } from "./tasks.js";

/** Characters of a command's name that are kept. */
const LONGEST_NAME = 64;

/** Keeps the registry of live threads and address spaces, and passes changes to the machine. */
export class Lifetimes {
  readonly #codes: OpCodes;
  readonly #tasks: Tasks;
  readonly #sink: OpSink;
  readonly #calls: Calls;
  readonly #faults: Faults;
  readonly #recorder: Recorder | undefined;
  /** Address spaces that a fork made. */
  forks = 0;
  /** Processes that began in their parent's address space. */
  vforks = 0;
  execs = 0;
  /** True when the trace has page counts. Without them every new process counts as a real fork. */
  countsSeen = false;
  /** True when the trace has task records. Then a thread ends at its PERF_RECORD_EXIT, not at the scheduler's event. */
  recordsSeen = false;

  constructor(codes: OpCodes, tasks: Tasks, sink: OpSink, calls: Calls, faults: Faults, recorder?: Recorder) {
    this.#codes = codes;
    this.#tasks = tasks;
    this.#sink = sink;
    this.#calls = calls;
    this.#faults = faults;
    this.#recorder = recorder;
  }

  /** A thread whose start is not in the trace: it shares with its process, if that is known. */
  adopt(
    pid: number,
    tid: number,
    event: TraceEvent,
    comm = nameOf(event.comm()),
    began: Began = "before",
  ): Thread {
    const sibling = this.#tasks.sibling(pid);
    const space = sibling?.space ?? this.#spawn(event);
    if (sibling === undefined && began === "before") space.older = true;
    const thread = this.#tasks.add(tid, pid, space, comm);
    const recorder = this.#recorder;
    if (recorder === undefined) return thread;
    thread.process = sibling?.process ?? recorder.begin(pid, comm, began, -1, space.slot);
    recorder.as(thread.process);
    return thread;
  }

  /** `parent` made the thread that the event names. */
  fork(parent: Thread | undefined, event: TraceEvent): void {
    const known = this.#tasks.find(event.childTid);
    if (event.kind === EV_FORK) {
      this.recordsSeen = true;
      // The number appears again: the trace lost the end of its thread.
      if (known !== undefined) this.end(known, event.cpu);
    } else if (known !== undefined) {
      return;
    }
    if (parent === undefined) return;
    const built = parent.newMmId !== 0 || !this.countsSeen;
    const { childPid } = event;
    let { space, process } = parent;
    if (childPid !== parent.pid) {
      const began = (kind: "fork" | "vfork", slot?: number): void => {
        process = this.#recorder?.begin(childPid, parent.comm, kind, parent.process, slot) ?? -1;
      };
      if (built) space = this.#copy(parent, event, (slot) => began("fork", slot));
      else {
        this.vforks++;
        began("vfork");
      }
    }
    this.#tasks.build(parent, 0);
    this.#tasks.add(event.childTid, childPid, space, parent.comm).process = process;
  }

  /** The event's thread has a new name, or a new program. */
  comm(event: TraceEvent): void {
    this.recordsSeen = true;
    if (event.exec) this.#exec(event);
    const thread = this.#tasks.find(event.childTid);
    if (thread === undefined) return;
    thread.comm = nameOf(event.text());
    if (event.childTid === event.childPid) this.#recorder?.rename(thread.process, thread.comm);
  }

  /** A thread ends. If nobody else uses its address space, that ends too. */
  end(thread: Thread | undefined, cpu: number): void {
    if (thread === undefined) return;
    this.#faults.settle(thread);
    this.#recorder?.as(thread.process);
    if (this.#tasks.leave(thread)) {
      this.#sink.push(this.#codes.OP_HASH, 0, thread.space.slot, 0, 0, 0, 0, cpu);
      this.#sink.push(this.#codes.OP_EXIT, 0, thread.space.slot, 0, 0, 0, 0, cpu);
      this.#tasks.freeSpace(thread.space);
      this.#recorder?.processes.leave(thread.space.slot);
    }
    this.#tasks.remove(thread);
    if (this.#tasks.sibling(thread.pid) === undefined) this.#recorder?.end(thread.process);
  }

  /** Writes exec's argument pages, at the top of the stack. */
  seed(space: Space, pages: number, cpu: number): void {
    space.unseeded = -1;
    if (space.stackTop !== 0) this.#calls.touch(space, space.stackTop - pages * PAGE_BYTES, pages, true, cpu);
  }

  /** `began` hears of the child's slot before the fork itself. */
  #copy(
    { space, newMmId, newPages }: Thread,
    { cpu, line }: TraceEvent,
    began: (slot: number) => void,
  ): Space {
    // No sample showed the number of argument pages. There is at least one.
    if (space.unseeded >= 0) this.seed(space, 1, cpu);
    const child = this.#tasks.newSpace(line);
    began(child.slot);
    this.#sink.push(this.#codes.OP_FORK, 0, space.slot, child.slot, 0, 0, 0, cpu);
    child.inherit(space);
    // The kernel's last count while it copied, or the parent's where it counted nothing new.
    child.lastPages = newMmId !== 0 ? newPages : space.lastPages;
    if (newMmId !== 0) this.#tasks.name(child, newMmId);
    this.forks++;
    return child;
  }

  #exec(event: TraceEvent): void {
    this.execs++;
    let thread = this.#tasks.find(event.childTid) ?? this.#builder(event);
    if (thread === undefined) {
      thread = this.adopt(event.childPid, event.childTid, event, event.text(), "exec");
    } else {
      this.#faults.settle(thread);
      this.#replace(thread, event);
      const { process, pid, space } = thread;
      thread.process = this.#recorder?.exec(process, pid, event.text(), space.slot) ?? -1;
      this.#recorder?.as(thread.process);
    }
    if (thread.newMmId !== 0) this.#tasks.name(thread.space, thread.newMmId);
    else thread.space.unseeded = 0;
    this.#tasks.build(thread, 0);
    thread.inExec = true;
  }

  /** The thread gets an empty address space: its own one if it was alone there, otherwise a new one. */
  #replace(thread: Thread, event: TraceEvent): void {
    const { cpu } = event;
    const old = thread.space;
    if (this.#tasks.leave(thread)) {
      this.#tasks.forget(old);
      this.#sink.push(this.#codes.OP_HASH, 0, old.slot, 0, 0, 0, 0, cpu);
      this.#sink.push(this.#codes.OP_EXEC, 0, old.slot, 0, 0, 0, 0, cpu);
      old.clear();
    } else {
      thread.space = this.#spawn(event);
    }
    thread.space.users++;
  }

  /** The thread that built the address space of an exec under an unknown thread number. It takes over that number. */
  #builder(event: TraceEvent): Thread | undefined {
    const thread = this.#tasks.builder(event.childPid);
    if (thread !== undefined) this.#tasks.rename(thread, event.childTid);
    return thread;
  }

  #spawn({ cpu, line }: TraceEvent): Space {
    const space = this.#tasks.newSpace(line);
    this.#sink.push(this.#codes.OP_SPAWN, 0, space.slot, 0, 0, 0, 0, cpu);
    return space;
  }
}

/** A command's name. Linux's have 15 bytes: much longer ones are no names. */
function nameOf(text: string): string {
  return text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME)}…` : text;
}
