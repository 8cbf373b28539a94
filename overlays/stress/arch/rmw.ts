/** Read-modify-writes, as in the engine itself; now and then a CPU dawdles before one. */

import { traceEntry } from "./entry";
import { here } from "./place";
import { widen } from "./widen";

@inline
export function atomicAdd32(at: usize, value: u32): u32 {
  widen();
  return atomic.add<u32>(at, value);
}

@inline
export function atomicSub32(at: usize, value: u32): u32 {
  widen();
  return atomic.sub<u32>(at, value);
}

@inline
export function atomicAddPair(at: usize, low: i32, high: i32): u64 {
  widen();
  return atomic.add<u64>(at, <u64>(((<i64>high) << 32) + <i64>low));
}

@inline
export function atomicOr32(at: usize, bits: u32): u32 {
  widen();
  return atomic.or<u32>(at, bits);
}

@inline
export function atomicAnd32(at: usize, bits: u32): u32 {
  widen();
  return atomic.and<u32>(at, bits);
}

@inline
export function xchg32(at: usize, value: u32): u32 {
  widen();
  return atomic.xchg<u32>(at, value);
}

/** Only entries of page tables are exchanged so: it is an event of the story. */
@inline
export function xchg64(at: usize, value: u64): u64 {
  widen();
  traceEntry(at, value, here());
  return atomic.xchg<u64>(at, value);
}

@inline
export function cmpxchg32(at: usize, expected: u32, value: u32): u32 {
  widen();
  return atomic.cmpxchg<u32>(at, expected, value);
}

@inline
export function cmpxchg64(at: usize, expected: u64, value: u64): u64 {
  widen();
  return atomic.cmpxchg<u64>(at, expected, value);
}
