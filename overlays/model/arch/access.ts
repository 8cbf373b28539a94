/** Single shared words on modelled hardware: each access is a hook that carries its order and its place. */

import {
  load32Acquire,
  load32Dereference,
  load32Once,
  load64Acquire,
  load64Dereference,
  load64Once,
  PLACE,
  store32Assign,
  store32Once,
  store32Release,
  store64Once,
  store64Release,
} from "./hooks";

@inline
export function readOnce32(at: usize): u32 {
  return load32Once(PLACE, at);
}

@inline
export function readOnce64(at: usize): u64 {
  return load64Once(PLACE, at);
}

@inline
export function writeOnce32(at: usize, value: u32): void {
  store32Once(PLACE, at, value);
}

@inline
export function writeOnce64(at: usize, value: u64): void {
  store64Once(PLACE, at, value);
}

@inline
export function loadAcquire32(at: usize): u32 {
  return load32Acquire(PLACE, at);
}

@inline
export function loadAcquire64(at: usize): u64 {
  return load64Acquire(PLACE, at);
}

@inline
export function storeRelease32(at: usize, value: u32): void {
  store32Release(PLACE, at, value);
}

@inline
export function storeRelease64(at: usize, value: u64): void {
  store64Release(PLACE, at, value);
}

/** A load whose result is then followed as a pointer: ordered before what is read through it, by the address alone. */
@inline
export function rcuDereference(at: usize): u32 {
  return load32Dereference(PLACE, at);
}

/** As rcuDereference, for an entry of a page table. */
@inline
export function rcuDereference64(at: usize): u64 {
  return load64Dereference(PLACE, at);
}

/** A store like any other that readers without the lock may meet: here no word tears. */
@inline
export function writeLocked64(at: usize, value: u64): void {
  store64Once(PLACE, at, value);
}

/** Makes an object visible: everything that was stored to it before is visible first. */
@inline
export function rcuAssignPointer(at: usize, value: u32): void {
  store32Assign(PLACE, at, value);
}
