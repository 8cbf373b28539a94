/** Single shared words, as in the engine itself; now and then a CPU dawdles before an access that orders something. */

import { widen } from "./widen";

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

/** Makes an object visible: everything that was stored to it before is visible first. */
@inline
export function rcuAssignPointer(at: usize, value: u32): void {
  widen();
  atomic.store<u32>(at, value);
}
