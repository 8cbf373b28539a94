import { PAGE_SHIFT } from "../layout";

/**
 * A mapping: [start, end) of one address space.
 *
 * Who may change what: start, end, pgoff need the mmap lock and this VMA's lock for writing, and
 * the rmap locks of every tree that it stands in. anonVma NULL -> set: mmap lock (read) and
 * Mm.tablesLock. Any one of mmap lock, VMA lock or rmap lock keeps the VMA from changing.
 */
@unmanaged
export class Vma {
  start: u64;
  end: u64;
  /** Page offset of start: in the file, or the virtual page number where anonymous memory was first mapped. */
  pgoff: u64;
  /** Address space tree, augmented with the largest gap below a VMA in the subtree. */
  rbParent: u32;
  rbLeft: u32;
  rbRight: u32;
  flags: u32;
  gap: u64;
  subtreeGap: u64;
  mm: u32;
  next: u32;
  prev: u32;
  /** AddressSpace of a file or of shared anonymous memory, or 0. */
  file: u32;
  /** The anon_vma of new pages, or 0 while none was needed. */
  anonVma: u32;
  /** Chain of all anon_vmas, newest first: AnonVmaChain.sameVma. */
  avcFirst: u32;
  avcLast: u32;
  /** Per-VMA lock: readers + 1 while attached; VMA_LOCK_OFFSET while a writer waits or enters. 0: detached. */
  refcnt: u32;
  lockSeq: u32;
  /** Interval tree of the file's mappings. */
  sharedParent: u32;
  sharedLeft: u32;
  sharedRight: u32;
  sharedLast: u64;

  @inline get startAt(): usize { return changetype<usize>(this) + offsetof<Vma>("start"); }
  @inline get endAt(): usize { return changetype<usize>(this) + offsetof<Vma>("end"); }
  @inline get rbAt(): usize { return changetype<usize>(this) + offsetof<Vma>("rbParent"); }
  @inline get rbLeftAt(): usize { return changetype<usize>(this) + offsetof<Vma>("rbLeft"); }
  @inline get rbRightAt(): usize { return changetype<usize>(this) + offsetof<Vma>("rbRight"); }
  @inline get mmAt(): usize { return changetype<usize>(this) + offsetof<Vma>("mm"); }
  @inline get anonVmaAt(): usize { return changetype<usize>(this) + offsetof<Vma>("anonVma"); }
  @inline get refcntAt(): usize { return changetype<usize>(this) + offsetof<Vma>("refcnt"); }
  @inline get lockSeqAt(): usize { return changetype<usize>(this) + offsetof<Vma>("lockSeq"); }
  @inline get sharedAt(): usize { return changetype<usize>(this) + offsetof<Vma>("sharedParent"); }
  /** Pages. */
  @inline get pages(): u64 { return (this.end - this.start) >> PAGE_SHIFT; }
}
