/**
 * The operations of scripts: the meaning of a line of an `.ops` script, as a discriminated union. Pages are numbers
 * relative to the window (`WINDOW_BASE`), lengths are pages, processes are 0 to 31.
 */

/** First address of the scripts' window. */
export const WINDOW_BASE = 0x1000_0000_0000n;
/** Pages in the window. */
export const WINDOW_PAGES = 4096;
/** Bytes of a page. */
export const PAGE_BYTES = 4096;
/** Processes a script may name: 0 to 31. */
export const MAX_PROCESSES = 32;
/** Highest number of a worker CPU, exclusive. */
export const MAX_CPUS = 63;
/** Pages of the one file that all processes share. */
export const FILE_PAGES = 256;
/** Slot of that file in the engine's file table. */
export const FILE_SLOT = 1;
/** Largest page offset into the file that a script may ask for, exclusive (the record has 40 bits for it). */
export const OFFSET_LIMIT = 2 ** 32;

/** Access rights of a mapping. */
export type Prot = "rw" | "r" | "none";
export const PROTS: readonly Prot[] = ["rw", "r", "none"];

/** The advice of `madvise`. */
export type Advice =
  | "dontneed"
  | "free"
  | "mergeable"
  | "unmergeable"
  | "dontfork"
  | "dofork"
  | "wipeonfork"
  | "keeponfork"
  | "cold"
  | "pageout";
export const ADVICES: readonly Advice[] = [
  "dontneed",
  "free",
  "mergeable",
  "unmergeable",
  "dontfork",
  "dofork",
  "wipeonfork",
  "keeponfork",
  "cold",
  "pageout",
];

/** A place in a script, 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What every operation of a process has. */
interface OfProcess {
  readonly process: number;
  /** Its place in the script; undefined for an operation that does not come from a text. */
  readonly place?: Place;
}

/** A range of pages of a process. */
interface OfRange extends OfProcess {
  readonly page: number;
  readonly pages: number;
}

/** `P mmap PAGE N PROT private|shared anon|file OFF [stack]`; page "any": the kernel chooses. */
export interface MmapOp extends OfProcess {
  readonly kind: "mmap";
  readonly page: number | "any";
  readonly pages: number;
  readonly prot: Prot;
  readonly shared: boolean;
  /** Page offset into the file, or "anon". */
  readonly backing: "anon" | number;
  /** The mapping grows downwards (MAP_GROWSDOWN). */
  readonly stack: boolean;
}

/** `P mprotect PAGE N PROT`. */
interface MprotectOp extends OfRange {
  readonly kind: "mprotect";
  readonly prot: Prot;
}

/** `P mremap PAGE N NEWN [NEWPAGE [keep] | any]`; keep: MREMAP_DONTUNMAP, the source mapping stays. */
export interface MremapOp extends OfRange {
  readonly kind: "mremap";
  readonly newPages: number;
  /** Fixed destination; "any": may move anywhere; "stay": in place or not at all. */
  readonly to: number | "any" | "stay";
  readonly keep: boolean;
}

/** `P munmap|mlock|munlock|migrate PAGE N`. */
interface RangeOp extends OfRange {
  readonly kind: "munmap" | "mlock" | "munlock" | "migrate";
}

/** `P madvise PAGE N ADVICE`. */
interface MadviseOp extends OfRange {
  readonly kind: "madvise";
  readonly advice: Advice;
}

/** `P touch PAGE N r|w`: N accesses in order; a write access leaves the value as it is. */
interface TouchOp extends OfRange {
  readonly kind: "touch";
  readonly write: boolean;
}

/** `P pin PAGE N r|w`: pins N pages, like a device that reads (r) or writes (w) them; all or none. */
interface PinOp extends OfRange {
  readonly kind: "pin";
  readonly write: boolean;
}

/** `P unpin PAGE N`: drops one pin of each of N pages that P pinned there; P may have exited. */
interface UnpinOp extends OfRange {
  readonly kind: "unpin";
}

/** `P register PAGE N`: absent pages are missing from now on, and `supply` brings them; `unregister` ends that. Only where CPUs race. */
interface RegisterOp extends OfRange {
  readonly kind: "register" | "unregister";
}

/** `P supply PAGE [VALUE]`: supplies a missing page with its word; without one, the zero page. Only where CPUs race. */
interface SupplyOp extends OfProcess {
  readonly kind: "supply";
  readonly page: number;
  readonly value?: bigint;
}

/** `P read PAGE`. */
interface ReadOp extends OfProcess {
  readonly kind: "read";
  readonly page: number;
}

/** `P write PAGE VALUE`: stores an unsigned 64-bit value in the page's first 8 bytes. */
interface WriteOp extends OfProcess {
  readonly kind: "write";
  readonly page: number;
  readonly value: bigint;
}

/** `P heap PAGE` sets the start of the heap, `P brk PAGE` its end. */
interface BrkOp extends OfProcess {
  readonly kind: "heap" | "brk";
  readonly page: number;
}

/**
 * `P hold PAGE r|w`: pins the page until the next `release` of the process in a script, or of the CPU where CPUs
 * race.
 */
interface HoldOp extends OfProcess {
  readonly kind: "hold";
  readonly page: number;
  readonly write: boolean;
}

/** `P expect PAGE VALUE [VALUE]`: reads; on a checked build any other value than these is a broken invariant. */
interface ExpectOp extends OfProcess {
  readonly kind: "expect";
  readonly page: number;
  readonly value: bigint;
  /** A second right value, when a write may be in progress. */
  readonly other: bigint;
}

/** `P device VALUE`: a store through the pin that `hold` took last, as a device makes it. */
interface DeviceOp extends OfProcess {
  readonly kind: "device";
  readonly value: bigint;
}

/**
 * `P seen A VA B VB`: reads page A, then page B. On a checked build it is a broken invariant if A holds VA and B does
 * not hold VB.
 */
interface SeenOp extends OfProcess {
  readonly kind: "seen";
  readonly page: number;
  readonly value: bigint;
  readonly nextPage: number;
  readonly nextValue: bigint;
}

/** `P fork Q`. */
interface ForkOp extends OfProcess {
  readonly kind: "fork";
  readonly child: number;
}

/** `P exit`. */
interface ExitOp extends OfProcess {
  readonly kind: "exit";
}

/**
 * `P release [VALUE]`: drops the pin that `hold` took last. VALUE is the content that the page must have through the
 * pin. On a checked build any other content is a broken invariant.
 */
interface ReleaseOp extends OfProcess {
  readonly kind: "release";
  readonly value?: bigint;
}

/** `cpu P C`: from here on CPU C runs the operations of process P. */
interface CpuOp extends OfProcess {
  readonly kind: "cpu";
  readonly cpu: number;
}

/**
 * `reclaim N`: try to free N pages now; `writeback N`: write up to N dirty pages of files to their blocks; `compact N`:
 * move up to N pages from the low end of memory to its high end.
 */
export interface ReclaimOp {
  readonly kind: "reclaim" | "writeback" | "compact";
  readonly pages: number;
  readonly place?: Place;
}

/** `fail N`: the N-th allocation of this CPU from here on is refused; 0: none. Only where CPUs race. */
export interface FailOp {
  readonly kind: "fail";
  readonly after: number;
  readonly place?: Place;
}

/** What a `scan` holds while it looks at a page: a reference and the page lock, only a reference, or nothing. */
type Hold = "locked" | "unlocked" | "unheld";

/** `scan N [unheld|unlocked]`: checks N times for every frame whether it was accessed. */
export interface ScanOp {
  readonly kind: "scan";
  readonly rounds: number;
  readonly hold: Hold;
  readonly place?: Place;
}

/** The most rounds of one `scan`. Each round checks every frame. */
export const SCAN_ROUNDS = 1000;

/** `ksm` (complete scans), `swapoff`, `sync` (all CPUs meet), `check` (run the invariants), `dump` (snapshot). */
export interface GlobalOp {
  readonly kind: "ksm" | "swapoff" | "sync" | "check" | "dump";
  readonly place?: Place;
}

/** An operation that belongs to one process. */
export type ProcessOperation =
  | MmapOp
  | MprotectOp
  | MremapOp
  | RangeOp
  | MadviseOp
  | TouchOp
  | PinOp
  | UnpinOp
  | RegisterOp
  | SupplyOp
  | ReadOp
  | WriteOp
  | BrkOp
  | HoldOp
  | ReleaseOp
  | ExpectOp
  | DeviceOp
  | SeenOp
  | ForkOp
  | ExitOp
  | CpuOp;

/** One operation of a script. */
export type Operation = ProcessOperation | ReclaimOp | ScanOp | FailOp | GlobalOp;

/** True for the operations that belong to one process. */
export function isProcessOperation(op: Operation): op is ProcessOperation {
  return "process" in op;
}
