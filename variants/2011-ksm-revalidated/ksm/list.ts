/**
 * The address spaces that asked for merging, with the protocol of Linux 2.6.32 to this day: a process that ends
 * leaves the list under the list's lock. It waits for the scanner only if that is at it just now.
 *
 * The fix is 2b472611a32a: under the lock the scanner looks once more whether the list is empty.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_KSM_LIST_SEEN, LOCK_KSM_LIST } from "../layout";
import { KsmCtl } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { forgetAll } from "./item";

/** Takes an mm off the list, with all that is remembered of it. The KSM mutex is held, and the scan is not there. */
export function ksmRemoveLocked(mm: Mm): void {
  forgetAll(mm);
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  unlist(k, mm);
  spinUnlock(k.listLockAt);
}

/** The list's lock is held. */
function unlist(k: KsmCtl, mm: Mm): void {
  if (mm.ksmPrev != 0) changetype<Mm>(mm.ksmPrev).ksmNext = mm.ksmNext;
  else writeOnce32(<usize>changetype<usize>(k) + offsetof<KsmCtl>("first"), mm.ksmNext);
  if (mm.ksmNext != 0) changetype<Mm>(mm.ksmNext).ksmPrev = mm.ksmPrev;
  else k.last = mm.ksmPrev;
  writeOnce32(mm.ksmEnteredAt, 0);
}

/** An address space ends: the scanner forgets it. Before its pages are unmapped, with no lock held. */
export function ksmExit(mm: Mm): void {
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  // Linux calls it "easy to free": the scanner is elsewhere, and remembers nothing of it.
  if (mm.ksmEntered != 0 && mm.ksmItems == 0 && k.pad != changetype<u32>(mm)) unlist(k, mm);
  spinUnlock(k.listLockAt);
  if (readOnce32(mm.ksmEnteredAt) == 0) return;
  ksmLock();
  // A scan may have taken it off the list meanwhile.
  if (mm.ksmEntered != 0) ksmRemoveLocked(mm);
  ksmUnlock();
}

/** No mm: the list is empty. */
export const NOBODY: u32 = 0;

/** The first mm of the list, at which the scan is now and which therefore stays; or NOBODY. The KSM mutex is held. */
export function ksmFirst(): u32 {
  const k = ksmCtl();
  if (readOnce32(<usize>changetype<usize>(k) + offsetof<KsmCtl>("first")) == 0) return NOBODY;
  delayPoint(DELAY_KSM_LIST_SEEN);
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  // Again: it may have become empty. 0 is NOBODY.
  const mm = k.first;
  k.pad = mm; // where the scan is
  spinUnlock(k.listLockAt);
  return mm;
}

/** The scan goes on from `mm`, which leaves the list if it is to; the mm after it, or NOBODY. */
export function ksmNext(mm: Mm, leave: bool): u32 {
  if (leave) forgetAll(mm);
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  const next = mm.ksmNext;
  k.pad = next;
  if (leave) unlist(k, mm);
  spinUnlock(k.listLockAt);
  return next;
}
