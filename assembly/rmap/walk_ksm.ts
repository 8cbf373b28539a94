/** The reverse-map walk of a merged page: for each root, the VMAs of its anon_vma at its page offset. */

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
 * Calls `V.one` once for each VMA that may map the merged page. The page lock is held, which keeps the node's roots.
 * Each root pins its anon_vma. Whoever shares the page is linked to a root's anon_vma and has the page at the root's
 * page offset, even if the mapping was moved. With `wait` false a lock that a writer holds ends the walk, and it
 * returns false.
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
    let at = intervalFirst<ChainKey>(tree, index, index);
    for (; at != 0 && go; at = intervalNext<ChainKey>(at, index, index)) {
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

/** Whether a root before `until`, on the list from `first`, led to this VMA at the same page offset. */
function visitedBefore(first: u32, until: u32, vma: Vma): bool {
  const index = changetype<KsmRoot>(until).index;
  for (let r = first; r != until; r = changetype<KsmRoot>(r).next) {
    if (changetype<KsmRoot>(r).index == index && isLinked(vma, changetype<KsmRoot>(r).anonVma)) return true;
  }
  return false;
}
