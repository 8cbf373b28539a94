/**
 * From a page to its anon_vma: the RCU section ends as soon as the lock is held.
 *
 * The second patch of 21 October 2008 (Nick Piggin, 04:34) without the first. Linux had this code until Christoph
 * Lameter moved the end of the section behind the release of the lock. Nobody looks at the page a second time, so the
 * locked anon_vma may be a free one. Its slab page may go at any time: after the section nothing keeps it, nor does the
 * lock.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import {
  DELAY_ANON_VMA_FOUND,
  DELAY_LIST_EMPTY,
  DELAY_LIST_LOCKED,
  DELAY_RCU_ENDED,
  EPOCH_IDLE,
  MAPPING_ANON,
  PANIC_I5,
} from "../layout";
import { rcuQuiescent } from "../mem/rcu";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock } from "./anon_vma";

/** An anon_vma, locked, that was the page's; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  rcuSectionEnds(anonVma);
  checkFound(page, anonVma);
  return found;
}

/**
 * The RCU section ends here, for what was found until now. The operation goes on, and other CPUs may come and go
 * meanwhile: after two of their steps what they gave up is given back.
 */
function rcuSectionEnds(anonVma: AnonVma): void {
  // Without a VMA it is one that was freed: then it is worth while to wait for its memory to go.
  const steps: u32 = isEmpty(anonVma) ? 24 : 3;
  for (let step: u32 = 0; step < steps; step++) {
    if (thisCpu().epoch != EPOCH_IDLE) rcuQuiescent();
    delayPoint(DELAY_RCU_ENDED + (step & 7));
  }
}

/** Whether no VMA is on its list. */
@inline
function isEmpty(anonVma: AnonVma): bool {
  return readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) == 0;
}

/** Widens the window behind the lock; most of all when the list is empty, for then somebody may be about to use the object anew. */
function dawdle(anonVma: AnonVma): void {
  delayPoint(DELAY_LIST_LOCKED);
  for (let site: u32 = DELAY_LIST_EMPTY; site < DELAY_LIST_EMPTY + 8 && isEmpty(anonVma); site++) delayPoint(site);
}

/**
 * I5: under the lock, the anon_vma of a page that is mapped has a VMA on its list: one is unlinked only after its pages
 * were unmapped. The mapping is read once more, since the page may have been freed and be another by now.
 */
function checkFound(page: Page, anonVma: AnonVma): void {
  const listed = !isEmpty(anonVma);
  const still = pageMapped(page) && readOnce32(page.mappingAt) == (changetype<u32>(anonVma) | MAPPING_ANON);
  bugUnless(listed || !still, PANIC_I5, changetype<u32>(page), changetype<u32>(anonVma));
}
