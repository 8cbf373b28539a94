/**
 * The swap area: as many slots of one page's content as the host asked for, in memory.
 *
 *   slot's word   in use: entries that name the slot (a page in the swap cache counts apart)
 *                 free:   SWAP_FREE | next free slot
 *   cache         the page that holds the slot's content now, or 0; the cache holds a reference
 *
 * All under `lock`. Conservation: sum of the counts == swap entries in all page tables.
 */
@unmanaged
export class Swap {
  lock: u32;
  slots: u32;
  /** Slots that are free, and the first of them plus one. */
  free: u32;
  firstFree: u32;
  /** One u32 a slot each. */
  mapBase: u32;
  cacheBase: u32;
  contentBase: u32;
  /** 1: swapoff is bringing everything back; nothing goes out any more. */
  closing: u32;

  @inline get lockAt(): usize { return changetype<usize>(this) + offsetof<Swap>("lock"); }
  @inline countAt(slot: u32): usize { return this.mapBase + (slot << 2); }
  @inline count(slot: u32): u32 { return load<u32>(this.mapBase + (slot << 2)); }
  @inline setCount(slot: u32, count: u32): void { store<u32>(this.mapBase + (slot << 2), count); }
  @inline cached(slot: u32): u32 { return load<u32>(this.cacheBase + (slot << 2)); }
  @inline setCached(slot: u32, page: u32): void { store<u32>(this.cacheBase + (slot << 2), page); }
}

export const SWAP_FREE: u32 = 0x8000_0000;
