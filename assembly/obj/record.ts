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

  /** OP_MANY: where the arrays behind a record with `count` accesses stand. Only the CPU of the ring uses them. */
  @inline addressOfMany(i: u32): f64 {
    return load<f64>(changetype<usize>(this) + offsetof<OpRecord>() + (i << 3));
  }

  @inline valueOfMany(count: u32, i: u32): u64 {
    return load<u64>(changetype<usize>(this) + offsetof<OpRecord>() + ((count + i) << 3));
  }

  @inline setValueOfMany(count: u32, i: u32, value: u64): void {
    store<u64>(changetype<usize>(this) + offsetof<OpRecord>() + ((count + i) << 3), value);
  }

  @inline setResultOfMany(count: u32, i: u32, result: i32): void {
    store<i32>(changetype<usize>(this) + offsetof<OpRecord>() + (count << 4) + (i << 2), result);
  }

  @inline codeOfMany(count: u32, i: u32): u32 {
    return load<u8>(changetype<usize>(this) + offsetof<OpRecord>() + count * 20 + i);
  }
}
