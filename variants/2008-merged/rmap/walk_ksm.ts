/** The reverse-map walk of a merged page (which 2008 did not have): from each root to its anon_vma's list. */

import { thisCpu } from "../arch/cpu";
import { PAGE_SHIFT } from "../layout";
import { listWalk, mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { KsmNode, KsmRoot } from "../obj/ksm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { isLinked, nextOnList } from "./chain";

/** The node of a merged page's mapping word. */
@inline
export function nodeOfMapping(mapping: u32): KsmNode {
  return changetype<KsmNode>(mapping & ~3);
}

/** Calls `V.one` for each VMA that may map the merged page, once. The page lock is held; each root pins its anon_vma. */
export function rmapWalkKsm<V>(page: Page, arg: u32): void {
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
    if (!go) return;
  }
}

/** Whether a root before `until` on the list from `first` led to this VMA at the same page offset. */
function visitedBefore(first: u32, until: u32, vma: Vma): bool {
  const index = changetype<KsmRoot>(until).index;
  for (let r = first; r != until; r = changetype<KsmRoot>(r).next) {
    if (changetype<KsmRoot>(r).index == index && isLinked(vma, changetype<KsmRoot>(r).anonVma)) return true;
  }
  return false;
}
