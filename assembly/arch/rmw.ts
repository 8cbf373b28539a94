/** Read-modify-writes, fully ordered. Each returns the value that was there before. */

@inline
export function atomicAdd32(at: usize, value: u32): u32 {
  return atomic.add<u32>(at, value);
}

@inline
export function atomicSub32(at: usize, value: u32): u32 {
  return atomic.sub<u32>(at, value);
}

/**
 * Adds to two neighbouring words at once: `low` to the word at `at`, a multiple of 8, and `high` to the word above it.
 * Returns both old values, that of the upper word in the upper half. Neither sum may leave its 32 bits. If some bits
 * are known to be clear, or set, `low` can set or clear them. The lower word may hold a lock's bit: the caller neither
 * changes it nor looks at it. The upper word counts users. The caller uses its old value for one question: was it 1?
 *
 * RACE: others change one of the words alone. WebAssembly promises order only between accesses of the same width. x86
 * and ARMv8 promise more: a wide access is one step for narrow ones as well.
 */
@inline
export function atomicAddPair(at: usize, low: i32, high: i32): u64 {
  return atomic.add<u64>(at, <u64>(((<i64>high) << 32) + <i64>low));
}

@inline
export function atomicOr32(at: usize, bits: u32): u32 {
  return atomic.or<u32>(at, bits);
}

@inline
export function atomicAnd32(at: usize, bits: u32): u32 {
  return atomic.and<u32>(at, bits);
}

@inline
export function xchg32(at: usize, value: u32): u32 {
  return atomic.xchg<u32>(at, value);
}

@inline
export function xchg64(at: usize, value: u64): u64 {
  return atomic.xchg<u64>(at, value);
}

@inline
export function cmpxchg32(at: usize, expected: u32, value: u32): u32 {
  return atomic.cmpxchg<u32>(at, expected, value);
}

@inline
export function cmpxchg64(at: usize, expected: u64, value: u64): u64 {
  return atomic.cmpxchg<u64>(at, expected, value);
}
