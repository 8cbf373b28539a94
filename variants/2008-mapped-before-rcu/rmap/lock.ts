/**
 * From a page to its anon_vma: this code tests whether the page is mapped before the RCU section begins.
 *
 * The test is worth something only in its place. Hugh Dickins, 20 October 2008 04:03: "it is crucial that
 * page_lock_anon_vma(page) checks page_mapped(page) after doing the rcu_read_lock() and before doing the spin_lock". An
 * earlier test only says that there was an anon_vma once. A grace period may pass before the section begins.
 */

import { readOnce32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_FOUND, DELAY_RCU_ENDED, EPOCH_IDLE } from "../layout";
import { rcuQuiescent } from "../mem/rcu";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { anonVmaLock } from "./anon_vma";

/** An anon_vma, locked, that was the page's; or 0. */
export function folioLockAnonVmaRead(page: Page): u32 {
  const found = anonVmaOfMapping(readOnce32(page.mappingAt));
  if (found == 0 || !pageMapped(page)) return 0;
  rcuSectionEnds(); // which is to say that the one that counts begins only now
  const anonVma = changetype<AnonVma>(found);
  for (let i = 0; i < 3; i++) delayPoint(DELAY_ANON_VMA_FOUND);
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
    delayPoint(DELAY_RCU_ENDED);
  }
}
