/**
 * The contents of a trace line, as one reused object. The parser fills it and passes it to a visitor, so that reading
 * a trace allocates nothing for each line. A visitor must copy what it wants to keep.
 */

/** A page fault from user mode: `address`, `errorCode`. */
export const EV_FAULT_USER = 1;
/** A page fault from kernel mode (a copy to or from user memory, mostly): `address`, `errorCode`. */
export const EV_FAULT_KERNEL = 2;
/** A memory system call begins: `call`, `args`. */
export const EV_SYS_ENTER = 3;
/** A memory system call ends: `call`, `result`. */
export const EV_SYS_EXIT = 4;
/** The kernel's count of a process's pages changed: `mmId`, `current`, `counter`, `bytes`. */
export const EV_RSS_STAT = 5;
/** `PERF_RECORD_FORK`: thread `childTid` of process `childPid` was made by `parentPid`/`parentTid`. */
export const EV_FORK = 6;
/** `PERF_RECORD_EXIT`: thread `childTid` of process `childPid` ended. */
export const EV_EXIT = 7;
/** `PERF_RECORD_COMM`: thread `childTid` of process `childPid` is now called `text()`; `exec` tells whether it was an exec. */
export const EV_COMM = 8;
/** `PERF_RECORD_MMAP2` or `PERF_RECORD_MMAP`: a mapping of `childPid`/`childTid`: the `map…` fields, `prot`, `shared`, `text()`. */
export const EV_MAP = 9;
/** `sched:sched_process_fork`: thread `childTid` was made (its process is not said: `childPid` is -1). */
export const EV_SCHED_FORK = 10;
/** `sched:sched_process_exec`: `childTid` is the thread now, `parentTid` is what it was before; `text()` is the file. */
export const EV_SCHED_EXEC = 11;
/** `sched:sched_process_exit`: thread `childTid` ends; `exec` is false, `groupDead` says whether it is the process's last. */
export const EV_SCHED_EXIT = 12;
/** Any other event: `text()` is its name. */
export const EV_OTHER = 13;
/** perf lost events, because its buffers were full: `lost`, `lostSamples`. */
export const EV_LOST = 14;

/** Bits of a page fault's `errorCode`. */
export const FAULT_PRESENT = 1;
export const FAULT_WRITE = 2;
export const FAULT_FETCH = 16;

/** Memory system calls, the values of `call`. */
export const CALL_MMAP = 0;
export const CALL_MUNMAP = 1;
export const CALL_MPROTECT = 2;
export const CALL_BRK = 3;
export const CALL_MREMAP = 4;
export const CALL_MADVISE = 5;
export const CALL_PKEY_MPROTECT = 6;
export const CALL_MLOCK = 7;
export const CALL_MLOCK2 = 8;
export const CALL_MUNLOCK = 9;
export const CALL_MLOCKALL = 10;
export const CALL_MUNLOCKALL = 11;
export const CALL_SHMAT = 12;
export const CALL_SHMDT = 13;
/** Calls from here on change no mapping of their own address space; they may explain what the kernel counts. */
export const FIRST_BYSTANDER = 14;
export const CALL_USERFAULTFD = 14;
/** The memory system calls with their number of arguments, by `call`. */
const CALLS = [
  ["mmap", 6],
  ["munmap", 2],
  ["mprotect", 3],
  ["brk", 1],
  ["mremap", 5],
  ["madvise", 3],
  ["pkey_mprotect", 4],
  ["mlock", 2],
  ["mlock2", 3],
  ["munlock", 2],
  ["mlockall", 1],
  ["munlockall", 0],
  ["shmat", 3],
  ["shmdt", 1],
  ["userfaultfd", 1],
  ["truncate", 2],
  ["ftruncate", 2],
  ["fallocate", 4],
  ["process_madvise", 5],
  ["process_vm_readv", 6],
  ["process_vm_writev", 6],
  ["move_pages", 6],
  ["migrate_pages", 4],
  ["remap_file_pages", 5],
  ["memfd_create", 2],
  ["shmget", 3],
  ["shmctl", 3],
] as const;
/** Names of the memory system calls, by `call`. */
export const CALL_NAMES: readonly string[] = CALLS.map(([name]) => name);
/** How many arguments each call's line must show, by `call`. */
export const CALL_ARGUMENTS: readonly number[] = CALLS.map(([, count]) => count);

/** Counters of `kmem:rss_stat`, the values of `counter`. */
export const RSS_FILE = 0;
export const RSS_ANON = 1;
export const RSS_SWAP = 2;
export const RSS_SHMEM = 3;

/** `mapMajor` of a mapping whose line shows a build id where the device and inode would stand. */
export const NO_DEVICE = -1;

/**
 * One event. Which fields mean something depends on `kind`; `kind`, `pid`, `tid`, `cpu`, `time` and `line` always do.
 * Addresses are doubles: exact for user addresses, rounded above 2^53 (the kernel's half).
 */
export class TraceEvent {
  /** One of the EV_ constants. */
  kind = 0;
  /** Process and thread of the line; 0 is the idle task. */
  pid = 0;
  tid = 0;
  /** CPU that recorded it. */
  cpu = 0;
  /** Nanoseconds of the recording machine's clock. */
  time = 0;
  /** 1-based line in the input. */
  line = 0;

  /** Faulting address; -1 when the line shows a symbol (a kernel address). */
  address = 0;
  /** FAULT_ bits. */
  errorCode = 0;

  /** One of the CALL_ constants. */
  call = 0;
  /** Arguments of the call, in the call's own order. */
  readonly args = new Float64Array(6);
  /** Result of the call; a failure is 2^64 - errno, rounded. */
  result = 0;

  /** Number that names an address space while it lives. */
  mmId = 0;
  /** True when that address space is the current task's own. */
  current = false;
  /** One of the RSS_ constants. */
  counter = 0;
  /** The value of the counter, in bytes. */
  bytes = 0;
  /** Why the kernel counts, by its stack (`causeName`); 0 where the recording does not say. */
  cause = 0;

  /** The number of lost events. */
  lost = 0;
  /** True for the sum that perf takes at the end, which counts again what other records have counted. */
  lostSamples = false;

  childPid = 0;
  childTid = 0;
  parentPid = 0;
  parentTid = 0;
  exec = false;
  groupDead = false;

  mapStart = 0;
  mapLength = 0;
  /** Offset in the file, in bytes; for an anonymous mapping its address. */
  mapOffset = 0;
  mapMajor = 0;
  mapMinor = 0;
  mapInode = 0;
  mapGeneration = 0;
  /** PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4. */
  prot = 0;
  shared = false;

  /** The bytes of this event's strings; the parser sets it. */
  source: Uint8Array = EMPTY;
  commStart = 0;
  commEnd = 0;
  textStart = 0;
  textEnd = 0;
  /** Gives the name of the line's thread where the bytes do not hold it. */
  names: (() => string) | undefined;

  /** Name of the line's thread. Valid only during the visit. */
  comm(): string {
    return this.names?.() ?? DECODER.decode(this.source.subarray(this.commStart, this.commEnd));
  }

  /** The event's own string (see `kind`). Valid only during the visit. */
  text(): string {
    return DECODER.decode(this.source.subarray(this.textStart, this.textEnd));
  }

  /** True when the event's own string is exactly these bytes. Makes no string. */
  textIs(bytes: Uint8Array): boolean {
    if (this.textEnd - this.textStart !== bytes.length) return false;
    for (let i = 0; i < bytes.length; i++) if (this.source[this.textStart + i] !== bytes[i]) return false;
    return true;
  }
}

const EMPTY = new Uint8Array(0);
const DECODER = new TextDecoder();

/** Receives the events of a trace in order. */
export interface TraceVisitor {
  /**
   * Takes one event; the next one reuses the object. Return true to stop the reader after this event, until you call
   * it again (see `TraceParser.feed`).
   */
  event(event: TraceEvent): boolean;
}
