/**
 * From a page to its anon_vma: the test whether the page is mapped is made before the RCU section begins.
 *
 * What makes the test worth anything is its place: Hugh Dickins, 20 October 2008 04:03, "it is crucial that
 * page_lock_anon_vma(page) checks page_mapped(page) after doing the rcu_read_lock() and before doing the spin_lock". Made
 * before, it says that there was an anon_vma once; a grace period may pass before the section begins.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { EPOCH_IDLE, MAPPING_ANON, PANIC_I5 } from "../layout";
import { rcuQuiescent } from "../mem/rcu";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** Whether any entry maps the page at this moment. */
@inline
export function pageMapped(page: Page): bool {
  return readOnce32(page.mapcountAt) != 0;
}

/** The anon_vma that a mapping word names, or 0 when it is not an anonymous page's. */
@inline
export function anonVmaOfMapping(mapping: u32): u32 {
  return (mapping & 3) == MAPPING_ANON ? mapping - MAPPING_ANON : 0;
}

/** An anon_vma, locked, that was the page's; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  rcuSectionEnds(); // which is to say that the one that counts begins only now
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(3);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  checkFound(page, anonVma);
  return found;
}

/**
 * The RCU section ends here, for what was found until now. The operation goes on, and other CPUs may come and go
 * meanwhile: after two of their steps what they gave up is given back.
 */
function rcuSectionEnds(): void {
  for (let step = 0; step < 3; step++) {
    if (thisCpu().epoch != EPOCH_IDLE) rcuQuiescent();
    delayPoint(23);
  }
}

/** Releases what folioLockAnonVmaRead locked. */
export function folioUnlockAnonVmaRead(anonVma: AnonVma): void {
  anonVmaUnlock(anonVma);
}

/** Widens the window behind the lock; most of all when the list is empty, for then somebody may be about to use the object anew. */
function dawdle(anonVma: AnonVma): void {
  delayPoint(19);
  for (let site: u32 = 24; site < 32 && readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) == 0; site++) delayPoint(site);
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
