import { CPU_BATCH, CPU_GATHER, CPU_MOVES } from "../layout";

/**
 * One CPU's own block. Only that CPU writes here, except `tail`, which the host writes. Others read `done` and `epoch`.
 * Each of these stands on a cache line of its own.
 */
@unmanaged
export class Cpu {
  // -- line 0: fixed after boot
  /** Its number; the host CPU has the highest. */
  number: u32;
  /** First record of its ring. */
  queueBase: u32;
  /** Number of records in the ring, minus one. */
  queueMask: u32;
  /** The record being executed, for the panic report. */
  current: u32;
  /** Number of the record being executed: how many were executed before. */
  index: u32;
  /** How the current operation changed the number of anonymous pages of its address space. */
  anonDelta: i32;
  /** Checked build: how many locks are held; the table stands at CPU_HELD. */
  heldLocks: u32;
  /** Checked build: allocations left before one is refused; 0 is off. */
  failAfter: u32;
  /** Checked build: allocations refused so far. */
  failed: u32;
  /** Pages in the LRU batch. */
  lruBatch: u32;
  /** The value that the access stores or has loaded. Operations return their results here. */
  accessValue: u64;
  /** Checked build: state of the delay points' random numbers; 0 is off. */
  delaySeed: u32;
  /** Only for barriers. */
  barrier: u32;
  /** folioReferenced: entries counted so far. Other walks count here too. */
  referenced: u32;
  /** The struct page that this CPU pinned last and has not unpinned since; 0: none. */
  pinned: u32;
  // -- line 1: the host writes
  /** Records before this number are in the ring. */
  tail: u32;
  /** 0: where it must wait, it sleeps. Else its thread may not block: how long it may still spin in this operation. */
  spins: u32;
  pad1b: u32;
  pad1c: u32;
  pad1d: u32;
  pad1e: u32;
  pad1f: u32;
  pad1g: u32;
  pad1h: u32;
  pad1i: u32;
  pad1j: u32;
  pad1k: u32;
  pad1l: u32;
  pad1m: u32;
  pad1n: u32;
  pad1o: u32;
  // -- line 2: others read
  /** Records before this number are done. */
  done: u32;
  /** RCU: the epoch that this CPU has seen, or EPOCH_IDLE. */
  epoch: u32;
  /** The TLB: entries of another epoch do not count. */
  tlbEpoch: u32;
  /** How often accesses through the TLB began and ended. Odd: one is under way. */
  tlbBusy: u32;
  /** While this CPU waits for a missing page: Ctl.supplied when it looked. 0: it does not wait, or shall give up. */
  waits: u32;
  pad2d: u32;
  /** What an entry becomes that this CPU's call drops or moves: 0, or in madvise and mremap what mkHole gives. */
  hole: u64;
  pad2g: u32;
  pad2h: u32;
  pad2i: u32;
  pad2j: u32;
  pad2k: u32;
  pad2l: u32;
  pad2m: u32;
  pad2n: u32;
  // -- line 3: page lists and RCU
  /** Per-CPU list of frames: its first page. */
  pcpHead0: u32;
  /** Length of that list. */
  pcpCount0: u32;
  /** Per-CPU list of arena pages: its first page. */
  pcpHead1: u32;
  /** Length of that list. */
  pcpCount1: u32;
  /** First of the pages that wait for a grace period, oldest first. */
  rcuHead: u32;
  /** Last of them. */
  rcuTail: u32;
  /** CPUs, a bit each, that may hold TLB entries of pages that reclaim has unmapped here since its last flush. */
  unmapped0: u32;
  /** The same for CPUs 32 to 63. */
  unmapped1: u32;
  /** Checked build: events noted so far; the last ones stand at CPU_EVENTS. */
  events: u32;
  /** Pages that wait to be moved between LRU lists. */
  lruMoves: u32;
  /** What this CPU was refused last in the current operation: REFUSED_*, or 0. */
  refused: u32;
  /** 1 while this CPU looks for pages to free. It may have isolated some. */
  reclaims: u32;
  /** The address of the missing page that this CPU met last. */
  missing: u64;
  /** Its address space's slot. */
  missingSpace: u32;
  /** Ctl.supplied as it was before the last look at its entry. */
  seen: u32;
  // -- lines 4..: counters
  /** Operations. */
  statOps: u64;
  /** Faults of all kinds. */
  statFaults: u64;
  /** Faults that mapped a new anonymous page. */
  statFaultAnon: u64;
  /** Faults on a store to a read-only page. */
  statFaultCow: u64;
  /** Faults that mapped a page of a file. */
  statFaultFile: u64;
  /** Faults that mapped the zero page. */
  statFaultZero: u64;
  /** Faults that took the per-VMA lock only. */
  statVmaLocked: u64;
  /** Copy-on-write faults that reused the page in place. */
  statReuse: u64;
  /** Walks of the reverse map. */
  statWalks: u64;
  /** Mappings found by walks. */
  statWalkFound: u64;
  /** Mappings that walks looked at. */
  statWalkVisited: u64;
  /** Checks of invariants. */
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
  /** Accesses that got SIGSEGV. */
  statSegv: u64;
  /** Accesses that got SIGBUS. */
  statBus: u64;
  /** Accesses that found no memory. */
  statOom: u64;
  /** anon_vmas and chains ever made. */
  statAnonVmaMade: u64;
  /** Chain links ever made. */
  statChainMade: u64;
  /** anon_vmas taken over from a neighbour. */
  statAnonVmaReused: u64;
  /** Mappings (VMA objects) ever made. */
  statVmaMade: u64;
  /** Reclaim: pages looked at. */
  statScanned: u64;
  /** Reclaim: pages freed. */
  statReclaimed: u64;
  /** Reclaim: pages written to swap. */
  statSwapOut: u64;
  /** Pages read from swap. */
  statSwapIn: u64;
  /** Pages of files written to their blocks. */
  statWritten: u64;
  /** Pages of files read from their blocks. */
  statReadBack: u64;
  /** Walks that reclaim gave up because a writer held a lock. */
  statContended: u64;
  /** Accesses that the TLB answered. */
  statTlbHits: u64;
  /** Flushes. */
  statTlbFlushes: u64;
  /** CPUs whose TLB the flushes emptied. */
  statTlbShootdowns: u64;

  /** Page `i` of the LRU batch, and of the gather list. Plain accesses, because only this CPU uses them. */
  @inline batchPage(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + CPU_BATCH + (i << 2));
  }

  @inline setBatchPage(i: u32, page: u32): void {
    store<u32>(changetype<usize>(this) + CPU_BATCH + (i << 2), page);
  }
  /** Entry `i` of the batch of moves: a page, and in the low bits the wanted change. */
  @inline move(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + CPU_MOVES + (i << 2));
  }

  @inline setMove(i: u32, entry: u32): void {
    store<u32>(changetype<usize>(this) + CPU_MOVES + (i << 2), entry);
  }

  @inline gatherPage(i: u32): u32 {
    return load<u32>(changetype<usize>(this) + CPU_GATHER + (i << 2));
  }

  @inline setGatherPage(i: u32, page: u32): void {
    store<u32>(changetype<usize>(this) + CPU_GATHER + (i << 2), page);
  }

  /** Entry `i` of the gather list where it holds runs of pages: see mm/dirty.ts. */
  @inline gatherRun(i: u32): u64 {
    return load<u64>(changetype<usize>(this) + CPU_GATHER + (i << 3));
  }

  @inline setGatherRun(i: u32, run: u64): void {
    store<u64>(changetype<usize>(this) + CPU_GATHER + (i << 3), run);
  }

  @inline get waitsAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("waits");
  }

  /** Counts up the counter of that number from statFaultAnon on: NOTICE_*. */
  @inline count(kind: u32): void {
    const at = changetype<usize>(this) + offsetof<Cpu>("statFaultAnon") + (kind << 3);
    store<u64>(at, load<u64>(at) + 1);
  }

  @inline get barrierAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("barrier");
  }

  @inline get rcuHeadAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("rcuHead");
  }

  @inline get tailAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("tail");
  }

  @inline get doneAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("done");
  }

  @inline get tlbEpochAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("tlbEpoch");
  }

  @inline get tlbBusyAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("tlbBusy");
  }

  @inline get eventsAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("events");
  }

  @inline get currentAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("current");
  }

  @inline get indexAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("index");
  }

  @inline get lruBatchAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("lruBatch");
  }

  @inline get reclaimsAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("reclaims");
  }

  @inline get statFaultsAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("statFaults");
  }

  @inline get statScannedAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("statScanned");
  }

  @inline get epochAt(): usize {
    return changetype<usize>(this) + offsetof<Cpu>("epoch");
  }
}
