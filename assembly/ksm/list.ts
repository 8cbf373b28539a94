/** The address spaces that asked for merging, in the order in which they asked. */

import { readOnce32, writeOnce32 } from "../arch/access";
import { LOCK_KSM, LOCK_KSM_LIST, KSM } from "../layout";
import { KsmCtl } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { writeLock, writeUnlock } from "../sync/rwsem";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { forgetAll } from "./item";
import { dropStaleNodes } from "./node";

@inline
export function ksmCtl(): KsmCtl {
  return changetype<KsmCtl>(KSM);
}

/** Takes the mutex that serialises scans with everything that removes items. It is the outermost of all locks. */
export function ksmLock(): void {
  writeLock(ksmCtl().mutexAt, LOCK_KSM);
}

/** Releases the mutex. */
export function ksmUnlock(): void {
  writeUnlock(ksmCtl().mutexAt);
}

/**
 * Puts an mm at the end of the list unless it is there already. Its mmap lock is held for writing, or no other CPU
 * knows it.
 */
export function ksmEnter(mm: Mm): void {
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  if (mm.ksmEntered == 0) {
    mm.ksmEntered = 1;
    mm.ksmNext = 0;
    mm.ksmPrev = k.last;
    if (k.last != 0) changetype<Mm>(k.last).ksmNext = changetype<u32>(mm);
    else k.first = changetype<u32>(mm);
    k.last = changetype<u32>(mm);
  }
  spinUnlock(k.listLockAt);
}

/**
 * Takes an mm off the list and drops its items. The KSM mutex is held; and the mm's mmap lock, unless no CPU runs in it
 * any more.
 */
export function ksmRemoveLocked(mm: Mm): void {
  forgetAll(mm);
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  if (mm.ksmPrev != 0) changetype<Mm>(mm.ksmPrev).ksmNext = mm.ksmNext;
  else k.first = mm.ksmNext;
  if (mm.ksmNext != 0) changetype<Mm>(mm.ksmNext).ksmPrev = mm.ksmPrev;
  else k.last = mm.ksmPrev;
  writeOnce32(mm.ksmEnteredAt, 0);
  spinUnlock(k.listLockAt);
}

/** Makes the scanner forget an address space that ends. Call it before the pages are unmapped, with no lock held. */
export function ksmExit(mm: Mm): void {
  // RACE: a scan may be taking it off the list. It holds the mmap lock until it is done, and exitMmap waits for that.
  if (readOnce32(mm.ksmEnteredAt) == 0) return;
  ksmLock();
  // A scan may have taken it off the list meanwhile.
  if (mm.ksmEntered != 0) ksmRemoveLocked(mm);
  ksmUnlock();
}

/** Drops the nodes of merged pages that were freed. Call it with no lock held. */
export function ksmPrune(): void {
  if (readOnce32(ksmCtl().staleAt) == 0) return;
  ksmLock();
  dropStaleNodes();
  ksmUnlock();
}

/** The first mm of the list, or 0. The KSM mutex is held, so no mm leaves the list. */
export function ksmFirst(): u32 {
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  const mm = k.first;
  spinUnlock(k.listLockAt);
  return mm;
}

/** The mm after `mm`, or 0. */
export function ksmNext(mm: Mm): u32 {
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  const next = mm.ksmNext;
  spinUnlock(k.listLockAt);
  return next;
}
