/**
 * Single shared words. Every word that another CPU may change at the same time goes through here,
 * under a name that states the order that the protocol needs. Natively:
 *
 *   readOnce    an atomic load: on x86 and ARM it costs what a plain load costs, and no compiler
 *               may merge or repeat it
 *   writeOnce   32 bits: a plain store. WebAssembly does not tear an aligned 32-bit store, and the
 *               protocol asks for no order here. 64 bits may tear, so there it is atomic.
 *   loadAcquire, storeRelease   WebAssembly has sequentially consistent atomics only; they are more
 *               than enough.
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

/** A load whose result is then followed as a pointer: ordered before what is read through it. */
@inline
export function rcuDereference(at: usize): u32 {
  return atomic.load<u32>(at);
}

/** Makes an object visible: everything that was stored to it before is visible first. */
@inline
export function rcuAssignPointer(at: usize, value: u32): void {
  atomic.store<u32>(at, value);
}

/**
 * A 64-bit word that is changed under a lock which every user of the value takes as well. Who peeks
 * without the lock may even see a torn value: it only decides what to do next, and looks again
 * under the lock. Hence a plain store.
 */
@inline
export function writeLocked64(at: usize, value: u64): void {
  store<u64>(at, value);
}
