/**
 * Single shared words. Every word that another CPU may change at the same time is accessed through these functions.
 * Their names state the order that the protocol needs. Natively:
 *
 *   readOnce    an atomic load: on x86 and ARM it costs what a plain load costs, and no compiler
 *               may merge or repeat it
 *   writeOnce   32 bits: a plain store. WebAssembly does not tear an aligned 32-bit store, and the
 *               protocol asks for no order here. 64 bits may tear, so there it is atomic.
 *   loadAcquire, storeRelease   WebAssembly has sequentially consistent atomics only, which order more
 *               than these ask for
 *
 * A comment beside each use of an ordering function says with which access it pairs; scripts/check-assembly.mjs looks
 * for it.
 */

@inline
export function readOnce32(at: usize): u32 {
  return atomic.load<u32>(at);
}

@inline
export function readOnce64(at: usize): u64 {
  return atomic.load<u64>(at);
}

@inline
export function writeOnce32(at: usize, value: u32): void {
  store<u32>(at, value);
}

@inline
export function writeOnce64(at: usize, value: u64): void {
  atomic.store<u64>(at, value);
}

@inline
export function loadAcquire32(at: usize): u32 {
  return atomic.load<u32>(at);
}

@inline
export function storeRelease32(at: usize, value: u32): void {
  atomic.store<u32>(at, value);
}

@inline
export function storeRelease64(at: usize, value: u64): void {
  atomic.store<u64>(at, value);
}

/** Loads a pointer. The load comes before what is read through the pointer. */
@inline
export function rcuDereference(at: usize): u32 {
  return atomic.load<u32>(at);
}

/** As rcuDereference, for an entry of a page table. */
@inline
export function rcuDereference64(at: usize): u64 {
  return atomic.load<u64>(at);
}

/**
 * Stores a pointer to an object, which makes the object visible. All earlier stores to the object are visible first.
 */
@inline
export function rcuAssignPointer(at: usize, value: u32): void {
  atomic.store<u32>(at, value);
}

/**
 * Stores a 64-bit word that is changed under a lock. Every user of the value takes the lock as well. A peek without the
 * lock may even see a torn value: it only decides what to do next and looks again under the lock. So a plain store is
 * enough.
 */
@inline
export function writeLocked64(at: usize, value: u64): void {
  store<u64>(at, value);
}
