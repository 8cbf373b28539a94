/** A node of a radix tree: 64 slots of 4 bytes behind this head. */
@unmanaged
export class RadixNode {
  parent: u32;
  /** Which slot of the parent, and how many slots are used. */
  slot: u32;
  count: u32;
  level: u32;

  /** Address of slot i, 0..63. */
  @inline slotAt(i: u32): usize { return changetype<usize>(this) + offsetof<RadixNode>() + (i << 2); }
  /** Slot i, under the file's iPages lock. */
  @inline slotLocked(i: u32): u32 { return load<u32>(this.slotAt(i)); }
}

export const RADIX_SHIFT: u32 = 6;
export const RADIX_NODE_BYTES: u32 = 16 + 256;
