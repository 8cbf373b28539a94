/**
 * From a page to its anon_vma: a second test whether the page is mapped, below the lock, and then the RCU section ends.
 *
 * Both patches of 21 October 2008 (Nick Piggin, 04:33 and 04:34). A page that is mapped while the lock is held keeps its
 * anon_vma alive until the lock is released: unmapping comes before unlinking, and unlinking takes the lock. So RCU is
 * not needed any longer, and its sections stay short.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND, DELAY_RCU_ENDED, EPOCH_IDLE } from "../layout";
import { rcuQuiescent } from "../mem/rcu";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";

/** The page's anon_vma, locked, or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
  anonVmaLock(anonVma);
  dawdle(anonVma);
  if (!pageMapped(page)) {
    anonVmaUnlock(anonVma);
    return 0;
  }
  rcuSectionEnds();
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
    delayPoint(DELAY_RCU_ENDED);
  }
}
