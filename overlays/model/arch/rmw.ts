/** Read-modify-writes on modelled hardware: fully ordered ones, and those that locks are made of, which order one way only. */

import {
  add32Full,
  and32Full,
  and32Release,
  cas32Acquire,
  cas32Full,
  cas64Full,
  drop32,
  mark32,
  or32Acquire,
  or32Full,
  PLACE,
  put32,
  sub32Full,
  sub32Release,
  xchg32Full,
  xchg64Full,
} from "./hooks";

@inline
export function atomicAdd32(at: usize, value: u32): u32 {
  return add32Full(PLACE, at, value);
}

@inline
export function atomicSub32(at: usize, value: u32): u32 {
  return sub32Full(PLACE, at, value);
}

/**
 * Two steps on modelled hardware, each of its own word: others may come between them, which is more than a machine shows.
 * The upper word counts users.
 */
@inline
export function atomicAddPair(at: usize, low: i32, high: i32): u64 {
  const before = mark32(PLACE, at, low);
  return ((<u64>addUsers(PLACE, at + 4, high)) << 32) | (<u64>before);
}

/** Adds to a count. What was there, the caller only checks if it adds; if it drops, it asks whether it was the last. */
@inline
function addUsers(place: u32, at: usize, by: i32): u32 {
  return by < 0 ? drop32(place, at, -by) : put32(place, at, -by);
}

@inline
export function atomicOr32(at: usize, bits: u32): u32 {
  return or32Full(PLACE, at, bits);
}

@inline
export function atomicAnd32(at: usize, bits: u32): u32 {
  return and32Full(PLACE, at, bits);
}

@inline
export function xchg32(at: usize, value: u32): u32 {
  return xchg32Full(PLACE, at, value);
}

@inline
export function xchg64(at: usize, value: u64): u64 {
  return xchg64Full(PLACE, at, value);
}

@inline
export function cmpxchg32(at: usize, expected: u32, value: u32): u32 {
  return cas32Full(PLACE, at, expected, value);
}

@inline
export function cmpxchg64(at: usize, expected: u64, value: u64): u64 {
  return cas64Full(PLACE, at, expected, value);
}

/** Takes a lock's word: what follows stays behind it. What came before may sink below it. */
@inline
export function cmpxchgAcquire32(at: usize, expected: u32, value: u32): u32 {
  return cas32Acquire(PLACE, at, expected, value);
}

/** As cmpxchgAcquire32 for a lock that is a bit. */
@inline
export function atomicOrAcquire32(at: usize, bits: u32): u32 {
  return or32Acquire(PLACE, at, bits);
}

/** Gives a lock's bits back: what came before stays before it. What follows may rise above it. */
@inline
export function atomicAndRelease32(at: usize, bits: u32): u32 {
  return and32Release(PLACE, at, bits);
}

/** As atomicAndRelease32 for a lock that counts its holders. */
@inline
export function atomicSubRelease32(at: usize, value: u32): u32 {
  return sub32Release(PLACE, at, value);
}
