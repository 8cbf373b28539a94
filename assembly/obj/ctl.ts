/**
 * The only control block, at the constant CTL. Boot writes it. Later the host writes only `stop` and the fields that
 * say so.
 */
@unmanaged
export class Ctl {
  /** MAGIC, once boot has finished. */
  magic: u32;
  /** STOP_RUN, STOP_ASKED or STOP_PANIC. Read by every bounded wait. */
  stop: u32;
  /** Worker CPUs; the host CPU has this number. */
  cpus: u32;
  /** First struct Cpu. */
  cpuBase: u32;
  /** Distance of two of them, bytes. */
  cpuStride: u32;
  /** One u32 for each slot of an address space: its Mm, or 0. */
  spaceBase: u32;
  /** Number of slots of address spaces. */
  spaces: u32;
  /** One u32 for each slot of a file: its AddressSpace, or 0. */
  fileBase: u32;
  /** Number of slots of files. */
  files: u32;
  /** The struct pages of the frames. The first is the shared zero page's, which `frames` does not count. */
  pageBase: u32;
  /** Number of frames. */
  frames: u32;
  /** Content of the frames. */
  contentBase: u32;
  /** CONTENT_NONE, CONTENT_WORD or CONTENT_FULL. */
  content: u32;
  /** The struct pages of the arena's pages. */
  kpageBase: u32;
  /** Number of arena pages. */
  kpages: u32;
  /** The arena's memory. */
  kmemBase: u32;
  /** First struct Lruvec: one for each CPU. */
  lruvecBase: u32;
  /** Two struct Zone. */
  zoneBase: u32;
  /** SLAB_CACHES struct SlabCache. */
  slabBase: u32;
  /** RCU: the current epoch. */
  epoch: u32;
  /** Bytes of memory. */
  bootBytes: u32;
  /** Number of mm_ids given out. */
  nextMm: u32;
  /** Set to 1 when free frames run low; kswapd clears it. */
  kswapdWake: u32;
  /** The host sets it to end kswapd's operation. */
  kswapdStop: u32;
  /** The host sets it to end the flusher's operation. */
  flusherStop: u32;
  /** PIN_SLOTS struct PinSlot. */
  pinBase: u32;
  /** Spinlock over the pin slots. */
  pinLock: u32;
  /** Pins noted so far. */
  pinOrder: u32;
  /** Panic record: the first CPU that claims it writes the rest. */
  panicClaim: u32;
  /** PANIC_*. */
  panicCode: u32;
  /** The CPU that panicked. */
  panicCpu: u32;
  /** Arguments of the panic. */
  panicArg0: u32;
  panicArg1: u32;
  panicArg2: u32;
  panicArg3: u32;
  /** The record that was being executed. */
  panicRecord: u32;
  /** Number of locks that were held. */
  panicHeld: u32;
  /** Number of the record that was being executed. */
  panicIndex: u32;
  /** Checked build: counts the events of all CPUs. */
  events: u32;
  /** Page tables in use. */
  tables: u32;
  /** The most page tables that there ever were. */
  tablesMost: u32;
  /** Pages of slabs in use. */
  slabPages: u32;
  /** The most that there ever were. */
  slabPagesMost: u32;
  /** Where the notices stand: mem/notice.ts. 0: the host wants none. The host writes both before the CPUs start. */
  noticeBase: u32;
  /** Distance of two CPUs' rings of notices, bytes. */
  noticeBytes: u32;
  /** The host sets it: ENDS_AT_*, or 0: no refusal ends the run. */
  endsAtRefusal: u32;
  /** REFUSED_* of the operation that ended the run. From then on no CPU looks for memory any more. */
  refusal: u32;
  /** The CPU that was refused. */
  refusedCpu: u32;
  /** The number of its record. */
  refusedIndex: u32;
  /** Free frames at that moment. */
  refusedFrames: u32;
  /** Free slots of swap. */
  refusedSlots: u32;
  /** Free blocks. */
  refusedBlocks: u32;
  /** Free arena pages. */
  refusedArena: u32;
  /** Page tables in use. */
  refusedTables: u32;
  /** Pages of slabs in use. */
  refusedSlabPages: u32;
  /** While runs end at a refusal: pages that reclaim looked at lately (reclaim/worth.ts). */
  scanned: u32;
  /** Pages that reclaim freed lately. */
  freed: u32;
  /** 1: reclaim looks at too many pages for each that it frees. */
  hopeless: u32;
  /** Odd. Changes when CPUs that wait for missing pages must look again. */
  supplied: u32;

  @inline get stopAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("stop");
  }

  @inline get suppliedAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("supplied");
  }

  @inline get eventsAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("events");
  }

  @inline get epochAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("epoch");
  }

  @inline get panicClaimAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("panicClaim");
  }

  @inline get kswapdWakeAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("kswapdWake");
  }

  @inline get kswapdStopAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("kswapdStop");
  }

  @inline get flusherStopAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("flusherStop");
  }

  @inline get pinLockAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("pinLock");
  }

  @inline get tablesAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("tables");
  }

  @inline get tablesMostAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("tablesMost");
  }

  @inline get slabPagesAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("slabPages");
  }

  @inline get slabPagesMostAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("slabPagesMost");
  }

  @inline get refusalAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("refusal");
  }

  @inline get scannedAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("scanned");
  }

  @inline get freedAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("freed");
  }

  @inline get hopelessAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("hopeless");
  }

  @inline get nextMmAt(): usize {
    return changetype<usize>(this) + offsetof<Ctl>("nextMm");
  }
}
