/** The reverse-map walk of a merged page (which 2008 did not have): from each root to its anon_vma's list. */

import { thisCpu } from "../arch/cpu";
import { PAGE_SHIFT } from "../layout";
import { listWalk, mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { KsmRoot } from "../obj/ksm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { lockAssertHeld } from "../sync/lockdep";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { nextOnList } from "./chain";

/** Calls `V.one` for each VMA that may map the merged page, once. The page lock is held; each root pins its anon_vma. It waits for each lock. */
export function rmapWalkKsm<V>(page: Page, arg: u32, wait: bool): bool {
  lockAssertHeld(page.flagsAt);
  const node = nodeOfMapping(page.mapping);
  for (let r = node.roots; r != 0; r = changetype<KsmRoot>(r).next) {
    const index = changetype<KsmRoot>(r).index;
    const anonVma = changetype<AnonVma>(changetype<KsmRoot>(r).anonVma);
    let go = true;
    mustBeLive(changetype<u32>(anonVma));
    anonVmaLock(anonVma);
    listWalk(changetype<u32>(anonVma), anonVma.lockAt);
    for (let at = anonVma.first; at != 0 && go; at = nextOnList(changetype<Vma>(at))) {
      const vma = changetype<Vma>(at);
      if (index < vma.pgoff || index >= vma.pgoff + vma.pages || visitedBefore(node.roots, r, vma)) continue;
      thisCpu().statWalkVisited++;
      go = changetype<V>(0).one(page, vma, vma.start + ((index - vma.pgoff) << PAGE_SHIFT), arg);
    }
    anonVmaUnlock(anonVma);
    if (!go) return true;
  }
  return true;
}
