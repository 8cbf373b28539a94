/**
 * The reverse-map walk, with a window between the VMAs that it visits.
 *
 * Each visit holds the lock of one page table only. The walk misses a page that moves from a VMA which it has not
 * visited to one that it has passed, unless the rmap lock keeps the page from moving.
 *
 * The walk is the engine's, with a delay point more behind each visit in an anon_vma's tree.
 * A walk that missed a page there is what Linux dd18dbc2d42a (Kirill Shutemov, May 2014) is about; move_vma.ts leaves
 * out the locks that 38a76013ad80 (Michel Lespinasse, October 2012) takes against it.
 */

import { readOnce64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { DELAY_VMA_VISITED } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { treeWalk } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { avcOfNode, ChainKey } from "./chain";

/** Every VMA of the anon_vma's tree at the page's offset. The root's lock is held. */
function walkTree<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  const index = readOnce64(page.indexAt);
  treeWalk(changetype<u32>(anonVma), changetype<AnonVma>(anonVma.root).rwsemAt);
  for (
    let node = intervalFirst<ChainKey>(anonVma.rbRootAt, index, index);
    node != 0;
    node = intervalNext<ChainKey>(node, index, index)
  ) {
    const vma = changetype<Vma>(avcOfNode(node).vma);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
    delayPoint(DELAY_VMA_VISITED);
  }
}
