/** The threads and address spaces of a trace. */

import { RmapError } from "../errors.js";
import { AnonPages } from "./anon-pages.js";
import type { Access } from "./machine.js";

/** A running call that drops the pages of a range, in address order. */
export interface Drop {
  /** Address up to which it has certainly come. */
  cursor: number;
  readonly end: number;
}

/** One address space while it lives. Threads and vfork children share one. */
export class Space {
  /** The number of threads that use it. */
  users = 0;
  /** The number of its threads that are inside a memory system call now. */
  inside = 0;
  /** The number of its threads whose last event is a write fault, which may or may not have taken effect. */
  writers = 0;
  /** The kernel's name for it; 0 until the trace shows it. */
  mmId = 0;
  /** Anonymous pages as the kernel counted them last; -1 before the first count. */
  lastPages = -1;
  /** End of the heap; 0 until a brk call shows it. */
  brk = 0;
  /** It lived when the recording began, or a fork copied one that did: it has pages which no event names. */
  older = false;
  /** mlockall: what is mapped from now on is filled. */
  locksFuture = false;
  /** userfaultfd: somebody may fill its pages. */
  filledByUser = false;
  /** With `filledByUser`: its threads whose fault has not taken effect, the longest first. */
  readonly waiting = new Set<Thread>();
  /** Bytes of attached shared memory, by address. */
  attached = new Map<number, number>();
  /** Ranges without access, [start, end), that MADV_GUARD_INSTALL made. */
  guards: (readonly [start: number, end: number])[] = [];
  /** Its pages, kept while it has several threads: only then can one drop what another uses. */
  anon: AnonPages | undefined;
  /** The calls that drop pages now, each with the range that it has not passed for sure. */
  readonly drops = new Set<Drop>();
  /** End of the stack that exec made; 0 when the trace does not show it. */
  stackTop = 0;
  /**
   * The number of write faults since an exec whose number of argument pages is unknown, because the recording began
   * inside the exec. The first sample shows that number. -1 otherwise.
   */
  unseeded = -1;

  constructor(readonly slot: number) {}

  /** Exec: clears everything. */
  clear(): void {
    this.mmId = 0;
    this.lastPages = -1;
    this.brk = 0;
    this.stackTop = 0;
    this.unseeded = -1;
    this.older = false;
    this.locksFuture = false;
    this.filledByUser = false;
    this.attached.clear();
    this.guards = [];
    this.anon = undefined;
  }

  /** Fork: takes over what a child inherits, apart from its pages. */
  inherit(parent: Space): void {
    this.brk = parent.brk;
    this.stackTop = parent.stackTop;
    this.older = parent.older;
    this.attached = new Map(parent.attached);
    this.guards = [...parent.guards];
  }

  /** True where an access is refused. */
  guarded(address: number): boolean {
    return this.guards.some(([start, end]) => start <= address && address < end);
  }

  /** No access to [start, end) from now on, or access again. */
  guard(start: number, end: number, install: boolean): void {
    const rest = this.guards.flatMap(([from, to]): [number, number][] => [
      [from, Math.min(to, start)],
      [Math.max(from, end), to],
    ]);
    this.guards = rest.filter(([from, to]) => from < to);
    if (install) this.guards.push([start, end]);
  }
}

/** A thread's `faultAddress` when no fault waits. */
export const NO_FAULT = -2;

/** One thread while it lives. */
export class Thread {
  /** Address of a fault that has not taken effect yet. */
  faultAddress = NO_FAULT;
  faultCode = 0;
  faultCpu = 0;
  /** When it came, in nanoseconds of the trace's clock. */
  faultTime = 0;
  /** The last event, apart from samples of the own address space, is a fault. */
  lastFault = false;
  /** The last event is a write fault. */
  lastWrite = false;
  /** A count of anonymous pages has followed the last fault. */
  counted = false;
  /** The last fault is on the same page as the one before it, and nothing came between: they are one fault. */
  again = false;
  /** The last access, for the counts that follow it. */
  readonly access: Access = { delta: 0, refused: false };
  /** The last fault's address, and the access to the window of a huge page around it. */
  lastAddress = 0;
  readonly window: Access = { delta: 0, refused: false };
  /** The memory system call that it is in; -1 for none. */
  call = -1;
  readonly args = new Float64Array(6);
  /** Slot of the file that the call maps, when a mapping record showed it, else 0. */
  callFile = 0;
  /** Start of the mapping that the call made, when a mapping record showed it, else 0; and its bytes and rights. */
  callStart = 0;
  callLength = 0;
  callProt = 0;
  /** The call that it is in drops pages. */
  drop: Drop | undefined;
  /** A call that it is in, which changes no mapping of its address space; -1 for none. */
  bystander = -1;
  /** An address space that this thread is building (for a fork or an exec); 0 for none. */
  newMmId = 0;
  newPages = 0;
  /** The place of its process in the list of a recorder; -1 without one. */
  process = -1;
  /** Between an exec and the return to user mode: mapping records are exec's own mappings. */
  inExec = false;

  constructor(
    public tid: number,
    readonly pid: number,
    public space: Space,
    public comm: string,
  ) {}
}

/** Threads by process, in order of appearance. */
class Groups {
  readonly #groups = new Map<number, Set<Thread>>();

  first(pid: number): Thread | undefined {
    return this.#groups.get(pid)?.values().next().value;
  }

  add(thread: Thread): void {
    const group = this.#groups.get(thread.pid);
    if (group === undefined) this.#groups.set(thread.pid, new Set([thread]));
    else group.add(thread);
  }

  remove(thread: Thread): void {
    const group = this.#groups.get(thread.pid);
    if (group?.delete(thread) && group.size === 0) this.#groups.delete(thread.pid);
  }
}

/** All live threads by number, address spaces by slot, and the kernel's names for them. */
export class Tasks {
  readonly #limit: number;
  readonly threads = new Map<number, Thread>();
  /** The threads by process, and the threads that build an address space for a fork or an exec. */
  readonly #processes = new Groups();
  readonly #builders = new Groups();
  readonly #owners = new Map<number, Space>();
  readonly #free: number[] = [];
  #next = 0;
  #last: Thread | undefined;

  /** `limit` is the number of address space slots. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The thread with this number. */
  find(tid: number): Thread | undefined {
    // Lines of one thread come in runs.
    if (this.#last !== undefined && this.#last.tid === tid) return this.#last;
    const found = this.threads.get(tid);
    if (found !== undefined) this.#last = found;
    return found;
  }

  /** A new address space in a free slot, for the event in `line`. Throws RmapError (ESPACES) when there is none. */
  newSpace(line: number): Space {
    const slot = this.#free.pop() ?? this.#next++;
    if (slot >= this.#limit) {
      throw new RmapError(
        "ESPACES",
        `line ${line} of the trace begins one address space too many: a replay has room for ${this.#limit} at a time`,
        "replay part of the trace, or record fewer processes at a time (perf record --pid)",
        3,
      );
    }
    return new Space(slot);
  }

  /** Frees the slot of an unused address space. */
  freeSpace(space: Space): void {
    this.forget(space);
    this.#free.push(space.slot);
  }

  /** Adds a thread to a space. */
  add(tid: number, pid: number, space: Space, comm: string): Thread {
    const thread = new Thread(tid, pid, space, comm);
    this.threads.set(tid, thread);
    this.#processes.add(thread);
    space.users++;
    if (space.users > 1) space.anon ??= new AnonPages();
    return thread;
  }

  /** Another live thread of the process, if there is one. */
  sibling(pid: number): Thread | undefined {
    return this.#processes.first(pid);
  }

  /** The thread builds the address space that the kernel calls `mmId`; 0: none any more. */
  build(thread: Thread, mmId: number): void {
    thread.newMmId = mmId;
    if (mmId !== 0) this.#builders.add(thread);
    else this.#builders.remove(thread);
  }

  /** A thread of the process that builds an address space. */
  builder(pid: number): Thread | undefined {
    return this.#builders.first(pid);
  }

  /** Removes a thread from its space; true when it was the last user. The thread keeps its pointer to the space. */
  leave(thread: Thread): boolean {
    const { space } = thread;
    if (thread.call >= 0) space.inside--;
    if (thread.drop !== undefined) space.drops.delete(thread.drop);
    thread.drop = undefined;
    if (thread.lastWrite) space.writers--;
    thread.call = -1;
    thread.lastWrite = false;
    return --space.users === 0;
  }

  /** Forgets a thread that has left its space. */
  remove(thread: Thread): void {
    this.threads.delete(thread.tid);
    this.#processes.remove(thread);
    this.#builders.remove(thread);
    if (this.#last === thread) this.#last = undefined;
  }

  /** A thread continues under another number (an exec by a thread that is not the leader). */
  rename(thread: Thread, tid: number): void {
    this.remove(thread);
    thread.tid = tid;
    this.threads.set(tid, thread);
    this.#processes.add(thread);
    this.build(thread, thread.newMmId);
  }

  /** The kernel calls this space `mmId` from now on. */
  name(space: Space, mmId: number): void {
    space.mmId = mmId;
    this.#owners.set(mmId, space);
  }

  /** The live space with this name. */
  named(mmId: number): Space | undefined {
    return this.#owners.get(mmId);
  }

  /** The kernel tears this space down, so another space may get its name at any time. */
  forget(space: Space): void {
    if (space.mmId !== 0 && this.#owners.get(space.mmId) === space) this.#owners.delete(space.mmId);
  }
}
