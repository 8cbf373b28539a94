import { PAGE_SHIFT } from "../layout";

/**
 * A mapping: [start, end) of one address space.
 *
 * Changing start, end or pgoff needs the mmap lock and this VMA's lock for writing, and the rmap locks of every tree
 * that the VMA stands in. Setting anonVma where it is none needs the mmap lock (read) and Mm.tablesLock. Any one of
 * mmap lock, VMA lock or rmap lock keeps the VMA from changing.
 */
@unmanaged
export class Vma {
  /** First byte. */
  start: u64;
  /** First byte behind it. */
  end: u64;
  /**
   * Page offset of start: in the file, or, for anonymous memory, the virtual page number at which it was first mapped.
   */
  pgoff: u64;
  /** Node of the address space's tree. The tree keeps the largest gap below a VMA of each subtree. */
  rbParent: u32;
  /** Left child. */
  rbLeft: u32;
  /** Right child. */
  rbRight: u32;
  /** VM_* bits. */
  flags: u32;
  /** Free bytes below it. */
  gap: u64;
  /** The largest gap in its subtree. */
  subtreeGap: u64;
  /** Its address space. */
  mm: u32;
  /**
   * The table whose entries are the upper entries of all its leaf tables, or 0: no walk has looked for it, or there are
   * several. A walk sets it under the rmap lock. It is 0 again when the range changes (vmaSetRange).
   */
  tables: u32;
  /** Next VMA by address. */
  next: u32;
  /** Previous VMA by address. */
  prev: u32;
  /** AddressSpace of a file or of shared anonymous memory, or 0. */
  file: u32;
  /** The anon_vma of new pages, or 0 while none was needed. */
  anonVma: u32;
  /** Chain of links to all its anon_vmas, newest first, through AnonVmaChain.next. */
  avcFirst: u32;
  /** Last link of the chain, the root's. */
  avcLast: u32;
  /** Per-VMA lock: readers + 1 while attached, VMA_LOCK_OFFSET more while a writer waits or enters; 0: detached. */
  refcnt: u32;
  /** Per-VMA lock: Mm.lockSeq when a writer took it. */
  lockSeq: u32;
  /** Node of the interval tree of the file's mappings. */
  sharedParent: u32;
  /** Left child. */
  sharedLeft: u32;
  /** Right child. */
  sharedRight: u32;
  pad: u32;
  /** Largest last page offset in that subtree. */
  sharedLast: u64;

  @inline get startAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("start");
  }

  @inline get endAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("end");
  }

  @inline get rbAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("rbParent");
  }

  @inline get rbLeftAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("rbLeft");
  }

  @inline get rbRightAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("rbRight");
  }

  @inline get flagsAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("flags");
  }

  @inline get mmAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("mm");
  }

  @inline get tablesAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("tables");
  }

  @inline get anonVmaAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("anonVma");
  }

  @inline get refcntAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("refcnt");
  }

  @inline get lockSeqAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("lockSeq");
  }

  @inline get sharedAt(): usize {
    return changetype<usize>(this) + offsetof<Vma>("sharedParent");
  }
  /** Length in pages. */
  @inline get pages(): u64 {
    return (this.end - this.start) >> PAGE_SHIFT;
  }
}
