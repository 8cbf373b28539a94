/** The answer to "who maps this page": a head, and entries behind it, in a buffer of the host's. */
@unmanaged
export class MappingList {
  /** Mappings found; those beyond `room` are counted only. */
  found: u32;
  room: u32;
  pad0: u32;
  pad1: u32;

  /** Entry i: the slot of the address space and the address. */
  @inline at(i: u32): MappingEntry { return changetype<MappingEntry>(changetype<usize>(this) + offsetof<MappingList>() + i * offsetof<MappingEntry>()); }
}

/** One mapping. */
@unmanaged
export class MappingEntry {
  space: u32;
  pad: u32;
  address: u64;
}
