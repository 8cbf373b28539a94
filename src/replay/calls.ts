/**
 * Turns the memory system calls of a trace into operations. A call takes effect at its exit event; a failed call has
 * no effect.
 */

import type { OpCodes } from "../record/codes.js";
import * as Code from "../record/codes.js";
import { mmapAux, mmapWhere, mremapAux } from "../record/pack.js";
import {
  CALL_BRK,
  CALL_MADVISE,
  CALL_MLOCK,
  CALL_MLOCK2,
  CALL_MLOCKALL,
  CALL_MMAP,
  CALL_MPROTECT,
  CALL_MREMAP,
  CALL_MUNLOCK,
  CALL_MUNLOCKALL,
  CALL_MUNMAP,
  CALL_NAMES,
  CALL_PKEY_MPROTECT,
  CALL_SHMAT,
  CALL_SHMDT,
} from "../trace/event.js";
import { ANONYMOUS, type FileTable, NO_END } from "./files.js";
import type { OpSink } from "./machine.js";
import type { Space, Thread } from "./tasks.js";

/** Results from here up are errors: the last page of the address range. */
const FIRST_ERROR = 2 ** 63;
/** Advice that changes the mapped pages, or what a child inherits. */
const ADVICE = new Set([4, 8, 10, 11, 12, 13, 18, 19, 20, 21]);
/**
 * Advice that is only a hint: normal, random, sequential, willneed, huge pages, dumping. MADV_COLLAPSE makes one huge
 * page of many small ones; what it fills, the balance takes.
 */
const HINTS = new Set([0, 1, 2, 3, 14, 15, 16, 17, 25]);
/**
 * MADV_FREE lets the kernel drop pages when it lacks memory. A trace does not show whether it did; the page counts
 * show that it did not. So here the pages only become cold: with a memory limit they may go to swap, and nothing is
 * lost.
 */
const FREE = 8;
const COLD = 20;
const GUARD_INSTALL = 102;
const GUARD_REMOVE = 103;
const MLOCK_ONFAULT = 1;
const MCL_FUTURE = 2;
const MCL_ONFAULT = 4;
const POPULATE_READ = 22;
const POPULATE_WRITE = 23;

/** Turns calls and mappings into operations. */
export class Calls {
  readonly #codes: OpCodes;
  readonly #sink: OpSink;
  readonly #files: FileTable;
  readonly #skip: (name: string) => void;

  constructor(codes: OpCodes, sink: OpSink, files: FileTable, skip: (name: string) => void) {
    this.#codes = codes;
    this.#sink = sink;
    this.#files = files;
    this.#skip = skip;
  }

  /** Applies the call that `thread` is in. It ended with `result`. */
  apply(thread: Thread, result: number, cpu: number): void {
    const { call, args, space } = thread;
    const slot = space.slot;
    if (result >= FIRST_ERROR) {
      this.#skip(`${CALL_NAMES[call]} that failed`);
      return;
    }
    const start = args[0] as number;
    const length = wholePages(args[1] as number);
    switch (call) {
      case CALL_MMAP: {
        const flags = args[3] as number;
        const file =
          (flags & Code.MAP_ANONYMOUS) !== 0 ? ANONYMOUS : thread.callFile || this.#files.unknown();
        this.map(space, result, length, args[2] as number, flags, file, args[5] as number, cpu);
        break;
      }
      case CALL_MUNMAP:
        space.anon?.remove(start, start + length);
        this.#sink.push(this.#codes.OP_MUNMAP, 0, slot, 0, start, length, 0, cpu);
        break;
      case CALL_MPROTECT:
      case CALL_PKEY_MPROTECT:
        this.protect(space, start, length, args[2] as number, cpu);
        break;
      case CALL_BRK:
        this.#brk(thread, result, cpu);
        break;
      case CALL_MREMAP:
        this.#mremap(thread, result, cpu);
        break;
      case CALL_MADVISE:
        // What a drop has passed is dropped already.
        this.#advise(space, thread.drop?.cursor ?? start, start + length, args[2] as number, cpu);
        break;
      case CALL_MLOCK2:
        // Pages that are locked when somebody touches them change nothing now.
        if (((args[2] as number) & MLOCK_ONFAULT) !== 0) break;
        this.#sink.push(this.#codes.OP_MLOCK, 0, slot, 0, start, length, 0, cpu);
        break;
      case CALL_MLOCK:
        this.#sink.push(this.#codes.OP_MLOCK, 0, slot, 0, start, length, 0, cpu);
        break;
      case CALL_MUNLOCK:
        this.#sink.push(this.#codes.OP_MUNLOCK, 0, slot, 0, start, length, 0, cpu);
        break;
      case CALL_MLOCKALL:
        space.locksFuture = (start & (MCL_FUTURE | MCL_ONFAULT)) === MCL_FUTURE;
        break;
      case CALL_MUNLOCKALL:
        space.locksFuture = false;
        break;
      case CALL_SHMAT:
        this.#attach(thread, result, cpu);
        break;
      case CALL_SHMDT:
        this.#detach(space, start, cpu);
        break;
    }
  }

  /** shmat: the record of the mapping shows its length and its memory, which is a file's. */
  #attach(thread: Thread, start: number, cpu: number): void {
    const { space, callFile, callStart, callLength, callProt } = thread;
    if (callStart !== start || callFile === ANONYMOUS) {
      this.#skip("shmat without a record of its mapping");
      return;
    }
    space.attached.set(start, callLength);
    this.map(space, start, callLength, callProt, Code.MAP_SHARED, callFile, 0, cpu);
  }

  #detach(space: Space, start: number, cpu: number): void {
    const length = space.attached.get(start);
    if (length === undefined) {
      this.#skip("shmdt without its shmat");
      return;
    }
    space.attached.delete(start);
    this.#sink.push(this.#codes.OP_MUNMAP, 0, space.slot, 0, start, length, 0, cpu);
  }

  /** A mapping at a fixed place, of a file (its slot) or anonymous; `offset` in bytes. */
  map(
    space: Space,
    start: number,
    length: number,
    prot: number,
    flags: number,
    file: number,
    offset: number,
    cpu: number,
  ): void {
    const codes = this.#codes;
    const sink = this.#sink;
    const shared = (flags & Code.MAP_TYPE) !== Code.MAP_PRIVATE;
    let kept = Code.MAP_FIXED | (shared ? Code.MAP_SHARED : Code.MAP_PRIVATE) | (flags & Code.MAP_GROWSDOWN);
    let where = 0;
    space.anon?.remove(start, start + length);
    if (file === ANONYMOUS) {
      kept |= Code.MAP_ANONYMOUS;
    } else {
      if (this.#files.isNew(file)) sink.push(codes.OP_FILE, 0, 0, file, NO_END, 0, 0, cpu);
      where = mmapWhere(codes, file, Math.floor(offset / Code.PAGE_BYTES));
    }
    const aux = mmapAux(codes, prot & 7, kept);
    sink.push(codes.OP_MMAP, 0, space.slot, aux, start, length, where, cpu);
    const filled = (flags & (Code.MAP_POPULATE | Code.MAP_NONBLOCK)) === Code.MAP_POPULATE;
    if ((filled || (flags & Code.MAP_LOCKED) !== 0 || space.locksFuture) && (prot & 7) !== 0) {
      // The kernel fills such a mapping itself: there are no faults to replay.
      const write = !shared && (prot & Code.PROT_WRITE) !== 0;
      this.touch(space, start, length / Code.PAGE_BYTES, write, cpu);
    }
  }

  /** Accesses `pages` pages in order, as the kernel does without a fault. */
  touch(space: Space, start: number, pages: number, write: boolean, cpu: number): void {
    if (pages > 0) this.#sink.push(this.#codes.OP_TOUCH, 0, space.slot, write ? 1 : 0, start, pages, 0, cpu);
  }

  /** Changes a range's protection. */
  protect(space: Space, start: number, length: number, prot: number, cpu: number): void {
    this.#sink.push(this.#codes.OP_MPROTECT, 0, space.slot, prot & 7, start, length, 0, cpu);
  }

  #brk(thread: Thread, result: number, cpu: number): void {
    const { space } = thread;
    const slot = space.slot;
    const asked = thread.args[0] as number;
    if (space.brk === 0) {
      // The first result shows the start of the heap, unless this call grew the heap: then its mapping shows it.
      space.brk = asked === result && thread.callStart !== 0 ? thread.callStart : result;
      this.#sink.push(this.#codes.OP_BRK, 0, slot, 1, space.brk, 0, 0, cpu);
    }
    if (space.brk === result) return;
    const before = wholePages(space.brk);
    if (result < before) space.anon?.remove(wholePages(result), before);
    space.brk = result;
    this.#sink.push(this.#codes.OP_BRK, 0, slot, 0, result, 0, 0, cpu);
    if (space.locksFuture)
      this.touch(space, before, (wholePages(result) - before) / Code.PAGE_BYTES, true, cpu);
  }

  #mremap(thread: Thread, result: number, cpu: number): void {
    const [start, oldLength, newLength, flags] = thread.args as unknown as [number, number, number, number];
    const moved = result !== start;
    const kept = moved ? Code.MREMAP_MAYMOVE | Code.MREMAP_FIXED | (flags & Code.MREMAP_DONTUNMAP) : 0;
    const aux = mremapAux(this.#codes, kept, wholePages(newLength) / Code.PAGE_BYTES);
    const target = moved ? result : 0;
    const { anon } = thread.space;
    const common = Math.min(oldLength, newLength);
    if (moved) anon?.move(start, start + common, result);
    if (newLength < oldLength) anon?.remove(start + newLength, start + oldLength);
    this.#sink.push(
      this.#codes.OP_MREMAP,
      0,
      thread.space.slot,
      aux,
      start,
      wholePages(oldLength),
      target,
      cpu,
    );
  }

  #advise(space: Space, start: number, end: number, advice: number, cpu: number): void {
    if (start < end || advice !== Code.MADV_DONTNEED) this.#madvise(space, start, end - start, advice, cpu);
  }

  #madvise(space: Space, start: number, length: number, advice: number, cpu: number): void {
    if (advice === Code.MADV_DONTNEED || advice === Code.MADV_DONTNEED_LOCKED)
      space.anon?.remove(start, start + length);
    if (ADVICE.has(advice)) {
      const taken = advice === FREE ? COLD : advice;
      this.#sink.push(this.#codes.OP_MADVISE, 0, space.slot, taken, start, length, 0, cpu);
    } else if (advice === POPULATE_READ || advice === POPULATE_WRITE) {
      this.touch(space, start, length / Code.PAGE_BYTES, advice === POPULATE_WRITE, cpu);
    } else if (advice === Code.MADV_DONTNEED_LOCKED) {
      this.#sink.push(this.#codes.OP_MUNLOCK, 0, space.slot, 0, start, length, 0, cpu);
      this.#sink.push(this.#codes.OP_MADVISE, 0, space.slot, Code.MADV_DONTNEED, start, length, 0, cpu);
    } else if (advice === GUARD_INSTALL || advice === GUARD_REMOVE) {
      space.guard(start, start + length, advice === GUARD_INSTALL);
      if (advice === GUARD_INSTALL)
        this.#sink.push(this.#codes.OP_MADVISE, 0, space.slot, Code.MADV_DONTNEED, start, length, 0, cpu);
    } else if (!HINTS.has(advice)) {
      this.#skip(`madvise ${advice}`);
    }
  }
}

function wholePages(bytes: number): number {
  return Math.ceil(bytes / Code.PAGE_BYTES) * Code.PAGE_BYTES;
}
