/**
 * The reverse-map walk: every VMA that may map a page, as in Linux 2.6.26 (`page_referenced_anon`, `try_to_unmap_anon`):
 * the whole list of the anon_vma, however many VMAs of it lie elsewhere.
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_VMA_REACHED, PANIC_I1 } from "../layout";
import { listWalk, mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { nextOnList } from "./chain";
import { folioLockAnonVmaRead, folioUnlockAnonVmaRead } from "./lock";

/** In 2008 reclaim waited for the lock of every anon_vma: `wait` is not asked for. */
function rmapWalkAnon<V>(page: Page, arg: u32, wait: bool): bool {
  const found = folioLockAnonVmaRead(page);
  if (found == 0) return true;
  walkList<V>(page, changetype<AnonVma>(found), arg);
  folioUnlockAnonVmaRead(changetype<AnonVma>(found));
  return true;
}

/** Walks the VMAs of an anonymous page that is mapped nowhere now; the caller pinned `anonVma` while it was mapped. */
export function rmapWalkPinned<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  thisCpu().statWalks++;
  mustBeLive(changetype<u32>(anonVma));
  anonVmaLock(anonVma);
  walkList<V>(page, anonVma, arg);
  anonVmaUnlock(anonVma);
}

/** Every VMA on the list in whose range the page's offset is. The anon_vma's lock is held. */
function walkList<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  const index = readOnce64(page.indexAt);
  listWalk(changetype<u32>(anonVma), anonVma.lockAt);
  const first = readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"));
  const last = readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"));
  for (let at = first; at != 0; at = nextOnList(changetype<Vma>(at))) {
    const vma = changetype<Vma>(at);
    if (index < vma.pgoff || index >= vma.pgoff + vma.pages) continue;
    thisCpu().statWalkVisited++;
    delayPoint(DELAY_VMA_REACHED);
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
  // I1: nobody changed the list under the lock that this CPU holds.
  const same =
    first == readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) &&
    last == readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"));
  bugUnless(same, PANIC_I1, changetype<u32>(anonVma), changetype<u32>(page));
}
