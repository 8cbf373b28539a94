/** A node of a radix tree. Its 64 slots of 4 bytes stand behind this head. */
@unmanaged
export class RadixNode {
  /** The node above, or 0. */
  parent: u32;
  /** The slot of the parent in which it stands. */
  slot: u32;
  /** Number of used slots. */
  count: u32;
  /** 0 for a node whose slots hold items. */
  level: u32;

  @inline get levelAt(): usize {
    return changetype<usize>(this) + offsetof<RadixNode>("level");
  }
  /** Address of slot i, 0..63. */
  @inline slotAt(i: u32): usize {
    return changetype<usize>(this) + offsetof<RadixNode>() + (i << 2);
  }
  /** Slot i, under the file's iPages lock. */
  @inline slotLocked(i: u32): u32 {
    return load<u32>(this.slotAt(i));
  }
}

export const RADIX_SHIFT: u32 = 6;
export const RADIX_SLOTS: u32 = 1 << RADIX_SHIFT;
export const RADIX_NODE_BYTES: u32 = 16 + 4 * RADIX_SLOTS;
