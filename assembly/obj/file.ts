/** A file's (or shared anonymous object's) pages, and who maps them. Linux's struct address_space. */
@unmanaged
export class AddressSpace {
  /** rwsem over the interval tree of mappings: two words. */
  iMmapLock: u32;
  iMmapSleepers: u32;
  /** Interval tree of Vma.shared*. */
  iMmap: u32;
  /** Spinlock over the radix tree of pages. */
  iPages: u32;
  /** Radix tree: top node, and its height in levels. */
  radixRoot: u32;
  radixHeight: u32;
  /** VMAs that map it, plus one for its file slot. Atomic. */
  refcount: u32;
  slot: u32;
  /** Size in pages; beyond it is BUS. */
  pages: u64;
  /** Pages in the cache. Under iPages. */
  cached: u64;
  /** 1: shared anonymous memory or memfd. */
  shmem: u32;
  pad: u32;

  @inline get iMmapLockAt(): usize { return changetype<usize>(this) + offsetof<AddressSpace>("iMmapLock"); }
  @inline get iMmapAt(): usize { return changetype<usize>(this) + offsetof<AddressSpace>("iMmap"); }
  @inline get iPagesAt(): usize { return changetype<usize>(this) + offsetof<AddressSpace>("iPages"); }
  @inline get radixRootAt(): usize { return changetype<usize>(this) + offsetof<AddressSpace>("radixRoot"); }
  @inline get refcountAt(): usize { return changetype<usize>(this) + offsetof<AddressSpace>("refcount"); }
}
