/** The answer to "who maps this page": a head, and entries behind it, in a buffer of the host's. */
@unmanaged
export class MappingList {
  /** Number of mappings found. Those beyond `room` are only counted. */
  found: u32;
  /** Entries that the buffer has room for. */
  room: u32;
  pad0: u32;
  pad1: u32;

  /** Entry i. */
  @inline at(i: u32): MappingEntry {
    const first = changetype<usize>(this) + offsetof<MappingList>();
    return changetype<MappingEntry>(first + i * offsetof<MappingEntry>());
  }
}

/** One mapping. */
@unmanaged
export class MappingEntry {
  /** Slot of the address space. */
  space: u32;
  pad: u32;
  /** Address at which the page is mapped. */
  address: u64;
}
