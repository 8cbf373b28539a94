/** An address space. */
@unmanaged
export class Mm {
  /** Lock over the mappings, an rwsem of two words. */
  mmapLock: u32;
  /** Second word of that lock. */
  mmapSleepers: u32;
  /** Sequence count, odd while the mmap lock is held for writing. A VMA whose lockSeq equals it is write-locked. */
  lockSeq: u32;
  /** Address of the top page table. */
  pgd: u32;
  /** Lock over the upper levels, and over the change of Vma.anonVma from none to set. */
  tablesLock: u32;
  /** Root of the VMA tree. Also read without locks. */
  root: u32;
  /** First VMA by address. */
  first: u32;
  /** Number of VMAs. */
  mapCount: u32;
  /** Its slot in the table of address spaces. */
  slot: u32;
  /** A number that no other address space ever has. */
  id: u32;
  /** Start of the heap, bytes. */
  startBrk: u64;
  /** End of the heap, bytes. */
  brk: u64;
  /** Number of page tables of this mm, all levels. Under tablesLock. */
  tables: u32;
  /** KSM: 1 while it is on the list of those that asked for merging. */
  ksmEntered: u32;
  /** KSM: next on that list. */
  ksmNext: u32;
  /** KSM: previous on that list. */
  ksmPrev: u32;
  /** KSM: first item of this mm, by address. */
  ksmItems: u32;
  /**
   * CPUs, a bit each, whose TLB may hold an entry of this mm. Bits are only ever set, because an entry may come at any
   * time. Atomic.
   */
  tlbCpus0: u32;
  /** The same for CPUs 32 to 63. */
  tlbCpus1: u32;
  /** How often someone removed entries and left their flush to later. Atomic. */
  tlbPending: u32;
  /** How many of these were flushed for sure. Atomic. */
  tlbFlushed: u32;
  /** 1 while it tracks which pages change: see mm/dirty.ts. */
  tracked: u32;

  @inline get ksmEnteredAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("ksmEntered");
  }

  @inline get mmapLockAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("mmapLock");
  }

  @inline get lockSeqAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("lockSeq");
  }

  @inline get tablesLockAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("tablesLock");
  }

  @inline get tlbCpus0At(): usize {
    return changetype<usize>(this) + offsetof<Mm>("tlbCpus0");
  }

  @inline get tlbPendingAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("tlbPending");
  }

  @inline get tlbFlushedAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("tlbFlushed");
  }

  @inline get trackedAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("tracked");
  }

  @inline get rootAt(): usize {
    return changetype<usize>(this) + offsetof<Mm>("root");
  }
}
