/**
 * A cache of equal objects that is type-safe by RCU: an object is reused at once, but its page goes back to the arena
 * only after a grace period. A stale reader therefore meets an object of the same type.
 *
 *   one object:  [ fields, 8-byte aligned | u32 next free | u32 state ]
 *   state: 2 * (times allocated) + (1 while live): the checked build tells reuse and double free by it.
 */
@unmanaged
export class SlabCache {
  /** Spinlock over the pages and their free objects. */
  lock: u32;
  /** SLAB_*. */
  number: u32;
  /** Bytes of an object's fields. */
  size: u32;
  /** Bytes of a whole slot. */
  stride: u32;
  /** Slots in a page. */
  perPage: u32;
  /** First page with free objects: a list through Page.next and prev. */
  partial: u32;
  /** Number of pages of this cache. */
  pages: u32;
  pad0: u32;
  pad1: u32;
  pad2: u32;
  pad3: u32;
  pad4: u32;
  pad5: u32;
  pad6: u32;
  pad7: u32;
  pad8: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<SlabCache>("lock");
  }
}
