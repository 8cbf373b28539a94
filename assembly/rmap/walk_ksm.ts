/** The reverse-map walk of a merged page: from each item to its anon_vma, and the VMAs there that hold its address. */

import { thisCpu } from "../arch/cpu";
import { LOCK_ANON_VMA } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { KsmItem, KsmNode } from "../obj/ksm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { readLock, readUnlock } from "../sync/rwsem";
import { avcOfNode, ChainKey } from "./chain";

/** The node of a merged page's mapping word. */
@inline
export function nodeOfMapping(mapping: u32): KsmNode {
  return changetype<KsmNode>(mapping & ~3);
}

/**
 * Calls `V.one` for each VMA that may map the merged page, once. The page lock is held, which keeps
 * the items on their node; each item pins its anon_vma.
 *
 * An item's own mm comes with the item; a fork of it that no scan has seen yet is found through the
 * same anon_vma at the same address.
 */
export function rmapWalkKsm<V>(page: Page, arg: u32): void {
  const node = nodeOfMapping(page.mapping);
  for (let i = node.first; i != 0; i = changetype<KsmItem>(i).nodeNext) {
    const item = changetype<KsmItem>(i);
    const root = changetype<AnonVma>(changetype<AnonVma>(item.anonVma).root);
    const tree = changetype<AnonVma>(item.anonVma).rbRootAt;
    let go = true;
    readLock(root.rwsemAt, LOCK_ANON_VMA);
    for (let at = intervalFirst<ChainKey>(tree, item.index, item.index); at != 0 && go; at = intervalNext<ChainKey>(at, item.index, item.index)) {
      const vma = changetype<Vma>(avcOfNode(at).vma);
      thisCpu().statWalkVisited++;
      if (item.address < vma.start || item.address >= vma.end || visitedBefore(node.first, i, vma)) continue;
      go = changetype<V>(0).one(page, vma, item.address, arg);
    }
    readUnlock(root.rwsemAt);
    if (!go) return;
  }
}

/** Whether an item before `until` on the list from `first` led to this VMA at the same address. */
function visitedBefore(first: u32, until: u32, vma: Vma): bool {
  const address = changetype<KsmItem>(until).address;
  for (let i = first; i != until; i = changetype<KsmItem>(i).nodeNext) {
    if (changetype<KsmItem>(i).address == address && isLinked(vma, changetype<KsmItem>(i).anonVma)) return true;
  }
  return false;
}

function isLinked(vma: Vma, anonVma: u32): bool {
  for (let at = vma.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    if (changetype<AnonVmaChain>(at).anonVma == anonVma) return true;
  }
  return false;
}
