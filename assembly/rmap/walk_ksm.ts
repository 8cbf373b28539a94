/** The reverse-map walk of a merged page: from each root to its anon_vma, and the VMAs there at its page offset. */

import { thisCpu } from "../arch/cpu";
import { LOCK_ANON_VMA } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { mustBeLive, treeWalk } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { KsmNode, KsmRoot } from "../obj/ksm";
import { mappingOwner, Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { lockAssertHeld } from "../sync/lockdep";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { avcOfNode, ChainKey, isLinked } from "./chain";
import { addressIn } from "./map_page";

/** The node of a merged page's mapping word. */
@inline
export function nodeOfMapping(mapping: u32): KsmNode {
  return changetype<KsmNode>(mappingOwner(mapping));
}

/**
 * Calls `V.one` for each VMA that may map the merged page, once. The page lock is held, which keeps
 * the node's roots; each pins its anon_vma. Whoever shares the page is linked to a root's anon_vma
 * and has it at the root's page offset, wherever it may have moved its mapping. With `wait` false a lock
 * that a writer holds ends the walk: false then.
 */
export function rmapWalkKsm<V>(page: Page, arg: u32, wait: bool): bool {
  lockAssertHeld(page.flagsAt);
  const node = nodeOfMapping(page.mapping);
  for (let r = node.roots; r != 0; r = changetype<KsmRoot>(r).next) {
    const index = changetype<KsmRoot>(r).index;
    const anonVma = changetype<AnonVma>(changetype<KsmRoot>(r).anonVma);
    const lock = changetype<AnonVma>(anonVma.root).rwsemAt;
    const tree = anonVma.rbRootAt;
    let go = true;
    mustBeLive(changetype<u32>(anonVma));
    if (wait) readLock(lock, LOCK_ANON_VMA);
    else if (!readTrylock(lock, LOCK_ANON_VMA)) return false;
    treeWalk(changetype<u32>(anonVma), lock);
    for (let at = intervalFirst<ChainKey>(tree, index, index); at != 0 && go; at = intervalNext<ChainKey>(at, index, index)) {
      const vma = changetype<Vma>(avcOfNode(at).vma);
      thisCpu().statWalkVisited++;
      if (visitedBefore(node.roots, r, vma)) continue;
      go = changetype<V>(0).one(page, vma, addressIn(vma, index), arg);
    }
    readUnlock(lock);
    if (!go) return true;
  }
  return true;
}

/** Whether a root before `until` on the list from `first` led to this VMA at the same page offset. */
function visitedBefore(first: u32, until: u32, vma: Vma): bool {
  const index = changetype<KsmRoot>(until).index;
  for (let r = first; r != until; r = changetype<KsmRoot>(r).next) {
    if (changetype<KsmRoot>(r).index == index && isLinked(vma, changetype<KsmRoot>(r).anonVma)) return true;
  }
  return false;
}
