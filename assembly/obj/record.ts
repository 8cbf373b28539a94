/** One operation, 32 bytes, and afterwards its outcome. See OP_* in layout.ts. */
@unmanaged
export class OpRecord {
  op: u8;
  flags: u8;
  space: u16;
  /** Afterwards, of what ended with -ENOMEM or -EAGAIN: what was refused (REFUSED_*), or 0. */
  aux: u32;
  a: u64;
  /** Afterwards: the value (read), the address (mmap, mremap, brk), the count (touch, rmap). */
  b: u64;
  /** Afterwards: i32 result, then i32 change of the space's anonymous pages. */
  c: u64;
}
