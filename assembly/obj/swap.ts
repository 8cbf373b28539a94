/**
 * The swap area: slots in memory, as many as the host asked for, each with room for one page's content.
 *
 *   slot's word   in use: entries that name the slot (a page in the swap cache counts apart)
 *                 free:   SWAP_FREE | next free slot, plus one
 *   cache         the page that holds the slot's content now, or 0; the cache holds a reference
 *
 * All is under `lock`. Conservation: sum of the counts == swap entries in all page tables.
 */
@unmanaged
export class Swap {
  /** Spinlock over all of this. */
  lock: u32;
  /** Number of slots. */
  slots: u32;
  /** Number of free slots. */
  free: u32;
  /** First free slot plus one; 0: none. */
  firstFree: u32;
  /** One u32 for each slot: the slot's word. */
  mapBase: u32;
  /** One u32 for each slot: the page that caches it. */
  cacheBase: u32;
  /** Content of the slots. */
  contentBase: u32;
  /** 1: swapoff is bringing everything back, and nothing goes out any more. */
  closing: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<Swap>("lock");
  }

  @inline get freeAt(): usize {
    return changetype<usize>(this) + offsetof<Swap>("free");
  }

  @inline get closingAt(): usize {
    return changetype<usize>(this) + offsetof<Swap>("closing");
  }

  @inline countAt(slot: u32): usize {
    return this.mapBase + (slot << 2);
  }

  @inline count(slot: u32): u32 {
    return load<u32>(this.mapBase + (slot << 2));
  }

  @inline cached(slot: u32): u32 {
    return load<u32>(this.cacheBase + (slot << 2));
  }

  @inline cachedAt(slot: u32): usize {
    return this.cacheBase + (slot << 2);
  }
}

export const SWAP_FREE: u32 = 0x8000_0000;
