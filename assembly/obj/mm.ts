/** An address space. */
@unmanaged
export class Mm {
  /** rwsem: two words. */
  mmapLock: u32;
  mmapSleepers: u32;
  /** seqcount: odd while the mmap lock is held for writing; a VMA whose lockSeq equals it is write-locked. */
  lockSeq: u32;
  /** Top table, and its struct page. */
  pgd: u32;
  /** Protects the upper levels and the NULL -> non-NULL step of Vma.anonVma. */
  tablesLock: u32;
  /** Root of the VMA tree (read without locks), first VMA by address, how many. */
  root: u32;
  first: u32;
  mapCount: u32;
  slot: u32;
  id: u32;
  /** Heap: start and end, bytes. */
  startBrk: u64;
  brk: u64;
  /** Page tables of this mm, all levels. Changed under tablesLock. */
  tables: u32;
  /** KSM: 1 while on the list of those that asked for merging; the list; this mm's items, by address. */
  ksmEntered: u32;
  ksmNext: u32;
  ksmPrev: u32;
  ksmItems: u32;
  /** CPUs whose TLB may hold an entry of this mm, a bit each. Bits are only ever set: an entry may come at any time. Atomic. */
  tlbCpus0: u32;
  tlbCpus1: u32;
  /** How often reclaim left the flush of an entry to later, and how often that was when somebody flushed. Atomic. */
  tlbPending: u32;
  tlbFlushed: u32;
  pad: u32;

  @inline get mmapLockAt(): usize { return changetype<usize>(this) + offsetof<Mm>("mmapLock"); }
  @inline get lockSeqAt(): usize { return changetype<usize>(this) + offsetof<Mm>("lockSeq"); }
  @inline get tablesLockAt(): usize { return changetype<usize>(this) + offsetof<Mm>("tablesLock"); }
  @inline get tlbCpus0At(): usize { return changetype<usize>(this) + offsetof<Mm>("tlbCpus0"); }
  @inline get tlbPendingAt(): usize { return changetype<usize>(this) + offsetof<Mm>("tlbPending"); }
  @inline get tlbFlushedAt(): usize { return changetype<usize>(this) + offsetof<Mm>("tlbFlushed"); }
  @inline get rootAt(): usize { return changetype<usize>(this) + offsetof<Mm>("root"); }
}
