/**
 * The object that a page's `mapping` points to: the set of VMAs that may map the page, as an interval tree of chain
 * links. All anon_vmas of one tree share one lock, the root's.
 *
 *   anon_vma tree (parent)        chain (AnonVmaChain)            VMAs
 *        Ap  <--------------------- avc(Ap, parent) ------------- parent's VMA
 *        |   <--------------------- avc(Ap, child)  ----+
 *        Ac  <--------------------- avc(Ac, child)  ----+-------- child's VMA
 */
@unmanaged
export class AnonVma {
  /**
   * Lock, an rwsem of two words. Only the root's is ever taken. A reuse of the object keeps it, because a stale reader
   * may hold it.
   */
  rwsem: u32;
  /** Second word of the lock. */
  sleepers: u32;
  /** The oldest ancestor, which has the lock. Set before the anon_vma can be found. */
  root: u32;
  /** Pins: one while any VMA is linked, one for each child (on the root), one for each temporary user. Atomic. */
  refcount: u32;
  /** The anon_vma from which fork made this one; a root is its own parent. */
  parent: u32;
  /** Number of anon_vmas whose parent this is (a root counts itself). Under the root's lock. */
  numChildren: u32;
  /** Number of VMAs whose anonVma this is. Under the root's lock. */
  numActiveVmas: u32;
  /** Interval tree of AnonVmaChain. Under the root's lock. */
  rbRoot: u32;

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
