/** A zone of pages with a buddy allocator: the frames, or the arena's own pages. */
@unmanaged
export class Zone {
  lock: u32;
  /** First struct page, and how many. */
  base: u32;
  count: u32;
  /** Pages on the free lists (not those on per-CPU lists). */
  free: u32;
  /** The fewest that there ever were. */
  least: u32;
  number: u32;
  /** Distance between two struct pages. */
  stride: u32;
  /** How many pages a CPU may keep at hand, and fetches at once. */
  pcpHigh: u32;
  pcpBatch: u32;
  /** Below `low` free pages kswapd is woken; it stops at `high`. */
  low: u32;
  high: u32;
  /** Heads of the free lists of order 0..10. */
  list0: u32; list1: u32; list2: u32; list3: u32; list4: u32; list5: u32;
  list6: u32; list7: u32; list8: u32; list9: u32; list10: u32;
  pad1: u32; pad2: u32; pad3: u32; pad4: u32; pad5: u32; pad6: u32; pad7: u32;
  pad8: u32; pad9: u32;

  @inline get lockAt(): usize { return changetype<usize>(this) + offsetof<Zone>("lock"); }
  @inline headAt(order: u32): usize { return changetype<usize>(this) + offsetof<Zone>("list0") + (order << 2); }
}
