/** One operation of 32 bytes, which holds its outcome afterwards. See OP_* in layout.ts. */
@unmanaged
export class OpRecord {
  /** OP_*. */
  op: u8;
  /** OPF_* bits. */
  flags: u8;
  /** Slot of the address space. */
  space: u16;
  /**
   * The arguments aux, a, b and c are those of the operation. Afterwards: what was refused (REFUSED_*) if it ended with
   * -ENOMEM or -EAGAIN, or 0.
   */
  aux: u32;
  /** Argument, mostly an address. */
  a: u64;
  /** Afterwards: the value (read), the address (mmap, mremap, brk) or the count (touch, rmap). */
  b: u64;
  /** Afterwards: the i32 result, and above it the i32 change of the space's anonymous pages. */
  c: u64;
}
