/** The pages of a file, or of a shared anonymous object, and the VMAs that map it. Linux's struct address_space. */
@unmanaged
export class AddressSpace {
  /** Lock over the interval tree of mappings, an rwsem of two words. */
  iMmapLock: u32;
  /** Second word of that lock. */
  iMmapSleepers: u32;
  /** Interval tree of Vma.shared*. */
  iMmap: u32;
  /** Spinlock over the radix tree of pages. */
  iPages: u32;
  /** Top node of the radix tree of pages. */
  radixRoot: u32;
  pad0: u32;
  /** References: one for each VMA that maps it, one for its file slot. Atomic. */
  refcount: u32;
  /** Its file slot; 0: none. */
  slot: u32;
  /** Size in pages. An access beyond it gets SIGBUS. */
  pages: u64;
  /** Number of pages in the cache. Under iPages. */
  cached: u64;
  /** 1: it is shared anonymous memory or a memfd. */
  shmem: u32;
  pad: u32;

  @inline get iMmapLockAt(): usize {
    return changetype<usize>(this) + offsetof<AddressSpace>("iMmapLock");
  }

  @inline get iMmapAt(): usize {
    return changetype<usize>(this) + offsetof<AddressSpace>("iMmap");
  }

  @inline get iPagesAt(): usize {
    return changetype<usize>(this) + offsetof<AddressSpace>("iPages");
  }

  @inline get radixRootAt(): usize {
    return changetype<usize>(this) + offsetof<AddressSpace>("radixRoot");
  }

  @inline get refcountAt(): usize {
    return changetype<usize>(this) + offsetof<AddressSpace>("refcount");
  }
}
