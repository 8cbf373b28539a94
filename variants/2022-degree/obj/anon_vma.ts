/**
 * What a page's `mapping` points to, as in Linux 3.19 to 5.19: with `degree` beside the two counts that replaced
 * it.
 *
 * The checks need the two counts. The reuse rule of this variant goes by `degree` alone.
 */
@unmanaged
export class AnonVma {
  /** rwsem: two words. Only the root's is ever taken. Kept over reuse of the object: a stale reader may hold it. */
  rwsem: u32;
  sleepers: u32;
  /** The oldest ancestor: owns the lock. Set before the anon_vma can be found. */
  root: u32;
  /** Pins: one while any VMA is linked, one per child (on the root), one per temporary user. Atomic. */
  refcount: u32;
  parent: u32;
  /** anon_vmas whose parent this is (a root counts itself). Under the root's lock. */
  numChildren: u32;
  /** VMAs whose anonVma this is. Under the root's lock. */
  numActiveVmas: u32;
  /** Interval tree of AnonVmaChain. Under the root's lock. */
  rbRoot: u32;
  /** Children and VMAs whose anonVma this is, in one count. Under the root's lock. */
  degree: u32;
  pad: u32;

  @inline get rwsemAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVma>("rwsem");
  }

  @inline get rootAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVma>("root");
  }

  @inline get refcountAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVma>("refcount");
  }

  @inline get rbRootAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVma>("rbRoot");
  }
}
