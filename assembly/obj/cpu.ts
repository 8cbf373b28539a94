import { CPU_BATCH, CPU_GATHER, CPU_MOVES } from "../layout";

/**
 * What one CPU owns. Only that CPU writes here, save for `tail` (the host) and `epoch`, `done`
 * which others read; each of those stands on a cache line of its own.
 */
@unmanaged
export class Cpu {
  // -- line 0: fixed after boot
  number: u32;
  queueBase: u32;
  queueMask: u32;
  /** The record being executed, for the panic report. */
  current: u32;
  index: u32;
  /** Change of the anonymous page count of the space that the current operation works on. */
  anonDelta: i32;
  /** Checked build: how many locks are held; the table stands at CPU_HELD. */
  heldLocks: u32;
  /** Checked build: allocations left before one is refused; 0 is off. */
  failAfter: u32;
  /** Checked build: allocations refused so far. */
  failed: u32;
  lruBatch: u32;
  /** Value that the access stores, or has loaded. */
  accessValue: u64;
  /** Checked build: state of the delay points' random numbers; 0 is off. */
  delaySeed: u32;
  /** Only for barriers. */
  barrier: u32;
  /** folioReferenced: entries counted so far. */
  referenced: u32;
  /** The struct page that this CPU pinned last and did not unpin since; 0: none. */
  pinned: u32;
  // -- line 1: the host writes
  tail: u32;
  pad1a: u32; pad1b: u32; pad1c: u32; pad1d: u32; pad1e: u32; pad1f: u32; pad1g: u32;
  pad1h: u32; pad1i: u32; pad1j: u32; pad1k: u32; pad1l: u32; pad1m: u32; pad1n: u32; pad1o: u32;
  // -- line 2: others read
  done: u32;
  epoch: u32;
  /** The TLB: an entry of another epoch is none; and the enters and leaves of accesses through it (odd: one is under way). */
  tlbEpoch: u32;
  tlbBusy: u32;
  pad2c: u32; pad2d: u32; pad2e: u32; pad2f: u32; pad2g: u32;
  pad2h: u32; pad2i: u32; pad2j: u32; pad2k: u32; pad2l: u32; pad2m: u32; pad2n: u32;
  // -- line 3: page lists and RCU
  pcpHead0: u32;
  pcpCount0: u32;
  pcpHead1: u32;
  pcpCount1: u32;
  rcuHead: u32;
  rcuTail: u32;
  /** CPUs that may hold TLB entries of what reclaim unmapped here since its last flush, a bit each. */
  unmapped0: u32;
  unmapped1: u32;
  /** Checked build: events noted so far; the last ones stand at CPU_EVENTS. */
  events: u32;
  /** Pages that wait to be moved between LRU lists. */
  lruMoves: u32;
  /** What this CPU was refused last in the current operation: REFUSED_*, or 0. */
  refused: u32;
  /** 1 while this CPU looks for pages to free: it may have isolated some. */
  reclaims: u32;
  pad3g: u32;
  pad3h: u32; pad3i: u32; pad3j: u32;
  // -- lines 4..: counters
  statOps: u64;
  statFaults: u64;
  statFaultAnon: u64;
  statFaultCow: u64;
  statFaultFile: u64;
  statFaultZero: u64;
  /** Faults that took the per-VMA lock only. */
  statVmaLocked: u64;
  /** Copy-on-write faults that reused the page in place. */
  statReuse: u64;
  statWalks: u64;
  /** Mappings found by walks, and mappings looked at. */
  statWalkFound: u64;
  statWalkVisited: u64;
  statChecks: u64;
  /** Page tables allocated minus freed, by this CPU. */
  statTables: i64;
  /** Objects allocated minus freed, by this CPU, per slab cache. */
  statObjects0: i64;
  statObjects1: i64;
  statObjects2: i64;
  statObjects3: i64;
  statObjects4: i64;
  statObjects5: i64;
  statObjects6: i64;
  statObjects7: i64;
  statObjects8: i64;
  /** Frames handed out minus taken back, by this CPU. */
  statFrames: i64;
  statSegv: u64;
  statBus: u64;
  statOom: u64;
  /** anon_vmas and chains ever made. */
  statAnonVmaMade: u64;
  statChainMade: u64;
  statAnonVmaReused: u64;
  /** Mappings (VMA objects) ever made. */
  statVmaMade: u64;
  /** Reclaim: pages looked at, freed, written to swap, read from swap. */
  statScanned: u64;
  statReclaimed: u64;
  statSwapOut: u64;
  statSwapIn: u64;
  /** Pages of files written to their blocks, and read from them. */
  statWritten: u64;
  statReadBack: u64;
  /** Walks that reclaim gave up because a writer held a lock. */
  statContended: u64;
  /** Accesses that the TLB answered; flushes, and CPUs whose TLB they emptied. */
  statTlbHits: u64;
  statTlbFlushes: u64;
  statTlbShootdowns: u64;

  /** Page `i` of the LRU batch, and of the gather list: plain, only this CPU's. */
  @inline batchPage(i: u32): u32 { return load<u32>(changetype<usize>(this) + CPU_BATCH + (i << 2)); }
  @inline setBatchPage(i: u32, page: u32): void { store<u32>(changetype<usize>(this) + CPU_BATCH + (i << 2), page); }
  /** Entry `i` of the batch of moves: a page, and in the low bits what is to become of it. */
  @inline move(i: u32): u32 { return load<u32>(changetype<usize>(this) + CPU_MOVES + (i << 2)); }
  @inline setMove(i: u32, entry: u32): void { store<u32>(changetype<usize>(this) + CPU_MOVES + (i << 2), entry); }
  @inline gatherPage(i: u32): u32 { return load<u32>(changetype<usize>(this) + CPU_GATHER + (i << 2)); }
  @inline setGatherPage(i: u32, page: u32): void { store<u32>(changetype<usize>(this) + CPU_GATHER + (i << 2), page); }
  @inline get barrierAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("barrier"); }
  @inline get tailAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("tail"); }
  @inline get doneAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("done"); }
  @inline get tlbEpochAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("tlbEpoch"); }
  @inline get tlbBusyAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("tlbBusy"); }
  @inline get eventsAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("events"); }
  @inline get currentAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("current"); }
  @inline get indexAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("index"); }
  @inline get lruBatchAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("lruBatch"); }
  @inline get reclaimsAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("reclaims"); }
  @inline get statFaultsAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("statFaults"); }
  @inline get statScannedAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("statScanned"); }
  @inline get epochAt(): usize { return changetype<usize>(this) + offsetof<Cpu>("epoch"); }
}
