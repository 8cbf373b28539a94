/**
 * What a page's `mapping` points to, as it was from 2004 to 2009: a spinlock and a list of the VMAs that may map the
 * page. Parent, children and all pieces of a mapping share one. It is freed when its list empties. No anon_vma has a
 * link to another, so there is no root and no chain (those came with Linux 5beb49305251, 2010).
 *
 * The slab is type-safe by RCU (SLAB_DESTROY_BY_RCU). Its constructor runs once for an object's memory, not at each
 * allocation, so the next owner gets the words that the last one left. A free lock and an empty list are all zero here,
 * as memory is at first.
 */
@unmanaged
export class AnonVma {
  /** Spinlock over the list. Kept over reuse of the object: a stale reader may hold it. */
  lock: u32;
  /** The list: first and last VMA. A VMA's neighbours stand in its `avcFirst` (next) and `avcLast` (previous). */
  first: u32;
  last: u32;
  /**
   * Users that are no VMA: migration and same-page merging, which pinned anon_vmas later (“ksm: hold anon_vma in
   * rmap_item”, Hugh Dickins, 2009). Under the lock. Nothing of 2008 counts here.
   */
  externalRefs: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<AnonVma>("lock");
  }
  /** Each is its own root, for the files of the engine that ask for one. */
  @inline get root(): u32 {
    return changetype<u32>(this);
  }
}
