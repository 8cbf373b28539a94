/**
 * The notices of one CPU, a ring. Only that CPU writes here, except `read`, which the host writes. The host lays it out
 * behind the engine's memory.
 */
@unmanaged
export class NoticeRing {
  /** Notices before this number are in the ring. */
  head: u32;
  /** Notices that found no room. */
  lost: u32;
  /** Number of places, minus one. */
  mask: u32;
  pad: u32;
  /** The host has read the notices before this number. */
  read: u32;
  pad1: u32;

  @inline at(number: u32): Notice {
    return changetype<Notice>(
      changetype<usize>(this) + offsetof<NoticeRing>() + (number & this.mask) * offsetof<Notice>(),
    );
  }

  @inline get headAt(): usize {
    return changetype<usize>(this) + offsetof<NoticeRing>("head");
  }

  @inline get lostAt(): usize {
    return changetype<usize>(this) + offsetof<NoticeRing>("lost");
  }

  @inline get readAt(): usize {
    return changetype<usize>(this) + offsetof<NoticeRing>("read");
  }
}

/** What a CPU did, for the host's program. */
@unmanaged
export class Notice {
  /** An address, or of NOTICE_SWAP_OUT the slot. */
  address: u64;
  /** Number of the notice among those of all CPUs. */
  order: u32;
  /** NOTICE_*. */
  kind: u32;
  /** Slot of the address space. */
  space: u32;
  pad: u32;
}
