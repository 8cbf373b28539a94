/** The engine's counters, summed over all CPUs. */
import type { Control } from "../cpu/control.js";

/** Objects that are alive now, by kind. */
export interface LiveObjects {
  /** Address spaces (`mm_struct`). */
  readonly spaces: number;
  /** Mappings (`vm_area_struct`). */
  readonly vmas: number;
  readonly anonVmas: number;
  /** Links between a mapping and an anon_vma (`anon_vma_chain`). */
  readonly anonVmaChains: number;
  /** Files, with those that were dropped and are still mapped. */
  readonly files: number;
  /** Nodes of the trees that hold the pages of files. */
  readonly radixNodes: number;
  /** Pages that the scan for equal pages remembers (`ksm_rmap_item`). */
  readonly ksmItems: number;
  /**
   * Merged pages, including those whose page is gone and whose node the scan has not removed yet (`ksm_stable_node`).
   */
  readonly ksmNodes: number;
  /** Roots of anon_vmas where walks of merged pages begin. */
  readonly ksmRoots: number;
}

/**
 * What the engine has done and what it holds. Unless noted, a count is the sum since the engine's creation, over all
 * CPUs and the calling thread. Counts are exact when no batch runs, and approximate while CPUs run.
 */
export interface Stats {
  /** Executed operations, including failed ones. */
  readonly ops: number;
  /** Page faults taken, of all kinds. */
  readonly faults: number;
  /** Faults that brought a new anonymous page. */
  readonly faultAnon: number;
  /** Faults that copied a page for a write. */
  readonly faultCow: number;
  /** Faults that mapped a page of a file. */
  readonly faultFile: number;
  /** Faults that mapped the shared zero page. */
  readonly faultZero: number;
  /** Faults that took only the lock of their mapping, not that of the address space. */
  readonly vmaLocked: number;
  /** Copy-on-write faults that reused the page, because nobody else had it any more. */
  readonly reuse: number;
  /** Walks of the reverse map. */
  readonly walks: number;
  /** Page table entries that walks found. */
  readonly walkFound: number;
  /** Mappings that walks visited, whether or not they mapped the page. */
  readonly walkVisited: number;
  /** Invariant checks made. */
  readonly checks: number;
  /** Page tables in use now. */
  readonly tables: number;
  /** Frames in use now, including those that CPUs keep in reserve until `settle`. */
  readonly frames: number;
  /** Objects that are alive now, including those that wait for the end of an RCU grace period until `settle`. */
  readonly objects: LiveObjects;
  /** Accesses that ended in a segmentation fault. */
  readonly segv: number;
  /** Accesses that ended in a bus error. */
  readonly bus: number;
  /** Accesses that found no memory. */
  readonly oom: number;
  /** anon_vmas made. */
  readonly anonVmaMade: number;
  /** Links between mappings and anon_vmas made. */
  readonly chainMade: number;
  /** Forks that reused an ancestor's anon_vma instead of a new one. */
  readonly anonVmaReused: number;
  /** Mappings made. */
  readonly vmaMade: number;
  /** Pages that reclaim looked at. */
  readonly scanned: number;
  /** Pages that reclaim freed. */
  readonly reclaimed: number;
  /** Pages written to swap. */
  readonly swapOut: number;
  /** Pages read from swap. */
  readonly swapIn: number;
  /** Pages of files written to the store. */
  readonly written: number;
  /** Pages of files read from the store. */
  readonly readBack: number;
  /** Walks that reclaim gave up because another CPU held the lock. */
  readonly contended: number;
  /** Accesses that a CPU's TLB answered. */
  readonly tlbHits: number;
  /** Flushes of TLBs. */
  readonly tlbFlushes: number;
  /** The sum over all flushes of the CPUs whose TLBs they emptied. */
  readonly tlbShootdowns: number;
}

/** A statistic that is one number. */
type Counter = Exclude<keyof Stats, "objects">;

/** The field of each counter in the layout's `Cpu`. */
const FIELDS: Readonly<Record<Counter, string>> = {
  ops: "statOps",
  faults: "statFaults",
  faultAnon: "statFaultAnon",
  faultCow: "statFaultCow",
  faultFile: "statFaultFile",
  faultZero: "statFaultZero",
  vmaLocked: "statVmaLocked",
  reuse: "statReuse",
  walks: "statWalks",
  walkFound: "statWalkFound",
  walkVisited: "statWalkVisited",
  checks: "statChecks",
  tables: "statTables",
  frames: "statFrames",
  segv: "statSegv",
  bus: "statBus",
  oom: "statOom",
  anonVmaMade: "statAnonVmaMade",
  chainMade: "statChainMade",
  anonVmaReused: "statAnonVmaReused",
  vmaMade: "statVmaMade",
  scanned: "statScanned",
  reclaimed: "statReclaimed",
  swapOut: "statSwapOut",
  swapIn: "statSwapIn",
  written: "statWritten",
  readBack: "statReadBack",
  contended: "statContended",
  tlbHits: "statTlbHits",
  tlbFlushes: "statTlbFlushes",
  tlbShootdowns: "statTlbShootdowns",
};

/** The layout's constant that numbers the cache of each kind of object. */
const CACHES: Readonly<Record<keyof LiveObjects, string>> = {
  spaces: "SLAB_MM",
  vmas: "SLAB_VMA",
  anonVmas: "SLAB_ANON_VMA",
  anonVmaChains: "SLAB_AVC",
  files: "SLAB_FILE",
  radixNodes: "SLAB_RADIX",
  ksmItems: "SLAB_KSM",
  ksmNodes: "SLAB_KSM_NODE",
  ksmRoots: "SLAB_KSM_ROOT",
};

/** Reads and sums the counters of all CPUs, the host's own included. */
export function readStats(control: Control): Stats {
  const counters = mapValues(FIELDS, (field) => sumOf(control, field));
  const objects = mapValues(CACHES, (cache) =>
    sumOf(control, `statObjects${control.layout.constant(cache)}`),
  );
  return { ...counters, objects };
}

function mapValues<Key extends string>(
  names: Readonly<Record<Key, string>>,
  value: (name: string) => number,
): Record<Key, number> {
  const entries = (Object.entries(names) as [Key, string][]).map(
    ([key, name]) => [key, value(name)] as const,
  );
  return Object.fromEntries(entries) as Record<Key, number>;
}

/** Sum of a 64-bit counter over all CPUs. Takes a name of the layout. */
function sumOf(control: Control, field: string): number {
  const struct = control.layout.struct("Cpu");
  const offset = struct.offset(field);
  let sum = 0n;
  for (let cpu = 0; cpu <= control.cpus; cpu++) sum += control.view.u64(control.cpuBase(cpu) + offset);
  // A counter may go down on one CPU and up on another: only the sum has a meaning, modulo its width.
  return Number(struct.type(field).startsWith("i") ? BigInt.asIntN(64, sum) : BigInt.asUintN(64, sum));
}

/**
 * Sum of a counter that goes up and down by small steps, without the cost of reading all. Takes a name of the layout.
 */
export function sumCounter(control: Control, field: string): number {
  const offset = control.layout.struct("Cpu").offset(field);
  let sum = 0;
  for (let cpu = 0; cpu <= control.cpus; cpu++) {
    // One CPU's part may be negative: only the low words are added, and the sum is small.
    sum = (sum + control.view.u32(control.cpuBase(cpu) + offset)) | 0;
  }
  return sum;
}

/** One CPU's part of a 64-bit counter that only goes up. Takes a name of the layout. */
export function cpuCounter(control: Control, cpu: number, field: string): number {
  return control.view.number(control.cpuBase(cpu) + control.layout.struct("Cpu").offset(field));
}
