/** Single shared words, as in the engine itself; now and then a CPU dawdles before an access. */

import { widen } from "./widen";

@inline
export function readOnce32(at: usize): u32 {
  widen();
  return atomic.load<u32>(at);
}

@inline
export function readOnce64(at: usize): u64 {
  widen();
  return atomic.load<u64>(at);
}

/** An entry, or another word that is changed under a lock: whoever peeks without the lock may come now. */
@inline
export function writeLocked64(at: usize, value: u64): void {
  widen();
  store<u64>(at, value);
}

@inline
export function writeOnce32(at: usize, value: u32): void {
  widen();
  store<u32>(at, value);
}

@inline
export function writeOnce64(at: usize, value: u64): void {
  widen();
  atomic.store<u64>(at, value);
}

@inline
export function loadAcquire32(at: usize): u32 {
  widen();
  return atomic.load<u32>(at);
}

@inline
export function loadAcquire64(at: usize): u64 {
  widen();
  return atomic.load<u64>(at);
}

@inline
export function storeRelease32(at: usize, value: u32): void {
  widen();
  atomic.store<u32>(at, value);
}

@inline
export function storeRelease64(at: usize, value: u64): void {
  widen();
  atomic.store<u64>(at, value);
}

/** A load whose result is then followed as a pointer: ordered before what is read through it. */
@inline
export function rcuDereference(at: usize): u32 {
  widen();
  return atomic.load<u32>(at);
}

@inline
export function rcuDereference64(at: usize): u64 {
  widen();
  return atomic.load<u64>(at);
}

/** Makes an object visible: everything that was stored to it before is visible first. */
@inline
export function rcuAssignPointer(at: usize, value: u32): void {
  widen();
  atomic.store<u32>(at, value);
}
