/** A zone of pages with a buddy allocator: the frames, or the arena's own pages. */
@unmanaged
export class Zone {
  /** Spinlock over the free lists. */
  lock: u32;
  /** First struct page. */
  base: u32;
  /** Number of pages. */
  count: u32;
  /** Number of pages on the free lists (without those on per-CPU lists). */
  free: u32;
  /** The fewest free pages that there ever were. */
  least: u32;
  /** ZONE_FRAMES or ZONE_ARENA. */
  number: u32;
  /** Distance between two struct pages. */
  stride: u32;
  /** Most pages that a CPU keeps at hand. */
  pcpHigh: u32;
  /** Pages that a CPU fetches at once. */
  pcpBatch: u32;
  /** Below so many free pages kswapd is woken. */
  low: u32;
  /** At so many free pages kswapd stops. */
  high: u32;
  /** Heads of the free lists of orders 0 to 10. */
  list0: u32;
  list1: u32;
  list2: u32;
  list3: u32;
  list4: u32;
  list5: u32;
  list6: u32;
  list7: u32;
  list8: u32;
  list9: u32;
  list10: u32;
  pad1: u32;
  pad2: u32;
  pad3: u32;
  pad4: u32;
  pad5: u32;
  pad6: u32;
  pad7: u32;
  pad8: u32;
  pad9: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<Zone>("lock");
  }

  @inline get freeAt(): usize {
    return changetype<usize>(this) + offsetof<Zone>("free");
  }

  @inline headAt(order: u32): usize {
    return changetype<usize>(this) + offsetof<Zone>("list0") + (order << 2);
  }
}
