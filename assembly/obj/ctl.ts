/** The one control block, at the constant CTL. The host fills nothing in here but `stop`. */
@unmanaged
export class Ctl {
  magic: u32;
  /** STOP_RUN, STOP_ASKED or STOP_PANIC. Read by every bounded wait. */
  stop: u32;
  /** Worker CPUs; the host CPU has this number. */
  cpus: u32;
  cpuBase: u32;
  cpuStride: u32;
  /** One u32 an address space slot: its Mm, or 0. */
  spaceBase: u32;
  spaces: u32;
  /** One u32 a file slot: its AddressSpace, or 0. */
  fileBase: u32;
  files: u32;
  /** struct page of the frames; the first is the shared zero page, not counted in `frames`. */
  pageBase: u32;
  frames: u32;
  contentBase: u32;
  /** CONTENT_NONE, CONTENT_WORD or CONTENT_FULL. */
  content: u32;
  /** struct page of the arena's pages. */
  kpageBase: u32;
  kpages: u32;
  kmemBase: u32;
  lruvecBase: u32;
  /** Two struct Zone. */
  zoneBase: u32;
  /** SLAB_CACHES struct SlabCache. */
  slabBase: u32;
  /** RCU: the current epoch. */
  epoch: u32;
  bootBytes: u32;
  /** Number of mm_ids given out. */
  nextMm: u32;
  /** Set to 1 when free frames run low; kswapd clears it. */
  kswapdWake: u32;
  /** Set by the host: kswapd's operation ends. */
  kswapdStop: u32;
  /** Set by the host: the flusher's operation ends. */
  flusherStop: u32;
  /** PIN_SLOTS struct PinSlot, and their lock. */
  pinBase: u32;
  pinLock: u32;
  /** Pins noted so far. */
  pinOrder: u32;
  /** Panic record: the first CPU that claims it writes the rest. */
  panicClaim: u32;
  panicCode: u32;
  panicCpu: u32;
  panicArg0: u32;
  panicArg1: u32;
  panicArg2: u32;
  panicArg3: u32;
  /** The record that was executed, and how many locks were held. */
  panicRecord: u32;
  panicHeld: u32;
  panicIndex: u32;
  /** Checked build: counts the events of all CPUs. */
  events: u32;
  /** Page tables and pages of slabs in use, and the most that ever were. */
  tables: u32;
  tablesMost: u32;
  slabPages: u32;
  slabPagesMost: u32;
  /** Set by the host: ENDS_AT_*, or 0 where each operation tries for itself. */
  endsAtRefusal: u32;
  /** REFUSED_* of the operation that ended the run; from then on nobody looks for memory any more. */
  refusal: u32;
  /** The CPU that was refused, and the index of its record. */
  refusedCpu: u32;
  refusedIndex: u32;
  /** What was free at that moment, and in use of the arena. */
  refusedFrames: u32;
  refusedSlots: u32;
  refusedBlocks: u32;
  refusedArena: u32;
  refusedTables: u32;
  refusedSlabPages: u32;
  /** While runs end at a refusal: pages that reclaim looked at lately, and those that it freed (reclaim/worth.ts). */
  scanned: u32;
  freed: u32;
  /** Reclaim looks at too many pages for each that it frees. */
  hopeless: u32;

  @inline get stopAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("stop"); }
  @inline get eventsAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("events"); }
  @inline get epochAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("epoch"); }
  @inline get panicClaimAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("panicClaim"); }
  @inline get kswapdWakeAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("kswapdWake"); }
  @inline get kswapdStopAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("kswapdStop"); }
  @inline get flusherStopAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("flusherStop"); }
  @inline get pinLockAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("pinLock"); }
  @inline get tablesAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("tables"); }
  @inline get tablesMostAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("tablesMost"); }
  @inline get slabPagesAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("slabPages"); }
  @inline get slabPagesMostAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("slabPagesMost"); }
  @inline get refusalAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("refusal"); }
  @inline get scannedAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("scanned"); }
  @inline get freedAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("freed"); }
  @inline get hopelessAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("hopeless"); }
  @inline get nextMmAt(): usize { return changetype<usize>(this) + offsetof<Ctl>("nextMm"); }
}
