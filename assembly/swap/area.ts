/** The slots of the swap area: taken, shared by fork, and given back. */

import { writeOnce32 } from "../arch/access";
import { trace } from "../arch/trace";
import { EVENT_SWAP, LOCK_SWAP, SWAP } from "../layout";
import { SWAP_FREE, Swap } from "../obj/swap";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** The swap area. */
@inline
export function swapArea(): Swap {
  return changetype<Swap>(SWAP);
}

/**
 * Sets the word of a slot. The lock is held. RACE: pageUnlockSwap looks at the word without the lock, and again with it
 * before it acts.
 */
@inline
export function setCount(swap: Swap, slot: u32, count: u32): void {
  trace(EVENT_SWAP, slot, count);
  writeOnce32(swap.countAt(slot), count);
}

/**
 * Makes `page` (0: none) the one that has the slot's content. The area's lock is held. RACE: a fault asks without the
 * lock whether there is one. It looks again under the lock.
 */
@inline
export function setCached(slot: u32, page: u32): void {
  writeOnce32(swapArea().cachedAt(slot), page);
}

/** RACE: a CPU that finds no memory notes the count for people, without the lock. */
@inline
function setFree(swap: Swap, free: u32): void {
  writeOnce32(swap.freeAt, free);
}

/** Makes all slots free. Boot only. */
export function swapInit(slots: u32, mapBase: u32, cacheBase: u32, contentBase: u32): void {
  const swap = swapArea();
  swap.slots = slots;
  swap.free = slots;
  swap.mapBase = mapBase;
  swap.cacheBase = cacheBase;
  swap.contentBase = contentBase;
  swap.firstFree = slots != 0 ? 1 : 0;
  for (let slot: u32 = 0; slot < slots; slot++) setCount(swap, slot, SWAP_FREE | (slot + 1 < slots ? slot + 2 : 0));
}

/** Takes a free slot that no entry names yet. Returns its number plus one; 0: the area is full. The lock is held. */
export function swapTakeLocked(): u32 {
  const swap = swapArea();
  const first = swap.firstFree;
  if (first == 0 || swap.closing != 0) return 0;
  swap.firstFree = swap.count(first - 1) & ~SWAP_FREE;
  setCount(swap, first - 1, 0);
  setFree(swap, swap.free - 1);
  return first;
}

/** Gives a slot back. No entry names it and no page caches it. The lock is held. */
export function swapGiveLocked(slot: u32): void {
  const swap = swapArea();
  setCount(swap, slot, SWAP_FREE | swap.firstFree);
  swap.firstFree = slot + 1;
  setFree(swap, swap.free + 1);
}

/** Begins or ends `closing`. While it lasts no page goes out, because swapoff brings them back. */
export function swapSetClosing(closing: bool): void {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  // RACE: reclaim looks at it without the lock, to save itself a scan.
  writeOnce32(swap.closingAt, closing ? 1 : 0);
  spinUnlock(swap.lockAt);
}

/** Counts one more entry that names the slot: at fork, or when a page is unmapped. */
export function swapDup(slot: u32): void {
  const swap = swapArea();
  spinLock(swap.lockAt, LOCK_SWAP);
  swapDupLocked(slot);
  spinUnlock(swap.lockAt);
}

/** As swapDup with the lock held. Returns the slot. */
@inline
export function swapDupLocked(slot: u32): u32 {
  const swap = swapArea();
  setCount(swap, slot, swap.count(slot) + 1);
  return slot;
}
