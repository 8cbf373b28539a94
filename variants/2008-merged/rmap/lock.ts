/**
 * From a page to its anon_vma, locked, as in Linux 2.6.26: `page_lock_anon_vma`.
 *
 * Hugh Dickins explained on 20 October 2008 why it works. Until its lock is held, the anon_vma may be freed and reused
 * at any moment, but its slab is type-safe by RCU. If the page was still mapped *inside* the RCU section, its anon_vma
 * was alive inside it too. So the memory holds an anon_vma until the section ends, and its lock is a lock. Under the
 * lock the list is stable. It may be this page's, an empty one, or a stranger's; nobody promises more. A stranger's
 * VMAs do not map the page, and a walk looks at each entry before it changes it.
 *
 * The RCU section here is the operation: `rcuEnter` to the quiescent state at its end.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND, DELAY_LIST_EMPTY, DELAY_LIST_LOCKED, MAPPING_ANON, PANIC_I5 } from "../layout";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** An anon_vma, locked, that is the page's unless the page was unmapped meanwhile; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  ownerFound();
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  checkFound(page, anonVma);
  return found;
}

/** The owner is known, and nothing of it was read. Nothing but the pointer orders what follows. */
@inline
function ownerFound(): void {}

/** Releases what folioLockAnonVmaRead locked. */
export function folioUnlockAnonVmaRead(anonVma: AnonVma): void {
  anonVmaUnlock(anonVma);
}

/** Widens the window behind the lock; most of all when the list is empty, for then somebody may be about to use the object anew. */
function dawdle(anonVma: AnonVma): void {
  delayPoint(DELAY_LIST_LOCKED);
  for (
    let site: u32 = DELAY_LIST_EMPTY;
    site < DELAY_LIST_EMPTY + 8 && readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) == 0;
    site++
  )
    delayPoint(site);
}

/**
 * I5: under the lock, the anon_vma of a page that is mapped has a VMA on its list: one is unlinked only after its pages
 * were unmapped. The mapping is read once more, since the page may have been freed and be another by now.
 */
function checkFound(page: Page, anonVma: AnonVma): void {
  const listed = readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) != 0;
  const still = pageMapped(page) && readOnce32(page.mappingAt) == (changetype<u32>(anonVma) | MAPPING_ANON);
  bugUnless(listed || !still, PANIC_I5, changetype<u32>(page), changetype<u32>(anonVma));
}

/**
 * The page's anon_vma, pinned, or 0, for a page that is being moved: in 2008 the RCU section kept it while the page was
 * mapped nowhere. The page is locked.
 */
export function folioGetAnonVma(page: Page): u32 {
  const found = folioLockAnonVmaRead(page);
  if (found == 0) return 0;
  const anonVma = changetype<AnonVma>(found);
  // One that was freed meanwhile has no VMA.
  const alive = anonVma.first != 0;
  if (alive) anonVma.externalRefs++;
  folioUnlockAnonVmaRead(anonVma);
  return alive ? found : 0;
}
