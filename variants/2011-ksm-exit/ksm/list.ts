/**
 * The address spaces that asked for merging, as until Linux 3.0 (CVE-2011-2183): the scanner looks whether there is
 * one without the list's lock, and never again under it.
 *
 *     ksmd                                        exit
 *     list_empty(&ksm_mm_head.mm_list): no
 *                                                 __ksm_exit: spin_lock(&ksm_mmlist_lock)
 *                                                 list_del(&mm_slot->mm_list)
 *                                                 spin_unlock(&ksm_mmlist_lock)
 *     spin_lock(&ksm_mmlist_lock)
 *     slot = list_entry(head.next): the head itself
 *     slot->mm: NULL
 *
 * In this engine's list the head is 0, and another number stands for nobody. This variant leaves out the second look.
 */

import { LOCK_KSM_LIST } from "../layout";
import { Mm } from "../obj/mm";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { forgetAll } from "./item";

/** No mm: the list is empty, or at its end. */
export const NOBODY: u32 = 0xffff_ffff;

/** The scan goes on from `mm`, which leaves the list if it is to; the mm after it, or NOBODY. */
export function ksmNext(mm: Mm, leave: bool): u32 {
  if (leave) forgetAll(mm);
  const k = ksmCtl();
  spinLock(k.listLockAt, LOCK_KSM_LIST);
  const next = mm.ksmNext != 0 ? mm.ksmNext : NOBODY;
  k.pad = next;
  if (leave) unlist(k, mm);
  spinUnlock(k.listLockAt);
  return next;
}
