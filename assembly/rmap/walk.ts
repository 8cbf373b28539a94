/**
 * The reverse-map walk: every VMA that may map a page.
 *
 * A visitor is a type `V` with a method `one(page, vma, address, arg): bool`, called with the rmap
 * lock held; it takes the table's lock itself and checks the entry (mapped.ts), because a VMA may
 * be in the tree without mapping the page. It answers false to end the walk.
 */

import { thisCpu } from "../arch/cpu";
import { FileKey, vmaOfSharedNode } from "../file/mapping";
import { LOCK_ANON_VMA, LOCK_I_MMAP, MAPPING_ANON, PAGE_SHIFT } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { mustBeFile, mustBeLive, treeWalk } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { readLock, readUnlock } from "../sync/rwsem";
import { avcOfNode, ChainKey } from "./chain";
import { folioLockAnonVmaRead, folioUnlockAnonVmaRead } from "./lock";
import { pageKsm } from "./map_page";
import { rmapWalkKsm } from "./walk_ksm";

/** Walks the VMAs of a page. The caller holds a reference and the page lock, so that the page cannot change its owner. */
export function rmapWalk<V>(page: Page, arg: u32): void {
  thisCpu().statWalks++;
  if (pageKsm(page)) rmapWalkKsm<V>(page, arg);
  else if ((page.mapping & MAPPING_ANON) != 0) rmapWalkAnon<V>(page, arg);
  else if (page.mapping != 0) rmapWalkFile<V>(page, arg);
}

@inline
function addressIn(vma: Vma, index: u64): u64 {
  return vma.start + ((index - vma.pgoff) << PAGE_SHIFT);
}

function rmapWalkAnon<V>(page: Page, arg: u32): void {
  const found = folioLockAnonVmaRead(page);
  if (found == 0) return;
  walkTree<V>(page, changetype<AnonVma>(found), arg);
  folioUnlockAnonVmaRead(changetype<AnonVma>(found));
}

/**
 * Walks the VMAs of an anonymous page that is mapped nowhere now (it is being moved): its owner
 * cannot be found safely through it any more, so the caller pinned `anonVma` while it was mapped.
 */
export function rmapWalkPinned<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  thisCpu().statWalks++;
  mustBeLive(changetype<u32>(anonVma));
  const root = changetype<AnonVma>(anonVma.root);
  readLock(root.rwsemAt, LOCK_ANON_VMA);
  walkTree<V>(page, anonVma, arg);
  readUnlock(root.rwsemAt);
}

/** Every VMA of the anon_vma's tree at the page's offset. The root's lock is held. */
function walkTree<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  const index = page.index;
  treeWalk(changetype<u32>(anonVma), changetype<AnonVma>(anonVma.root).rwsemAt);
  for (let node = intervalFirst<ChainKey>(anonVma.rbRootAt, index, index); node != 0; node = intervalNext<ChainKey>(node, index, index)) {
    const vma = changetype<Vma>(avcOfNode(node).vma);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
}

function rmapWalkFile<V>(page: Page, arg: u32): void {
  const file = changetype<AddressSpace>(page.mapping);
  mustBeFile(changetype<u32>(file));
  const index = page.index;
  readLock(file.iMmapLockAt, LOCK_I_MMAP);
  for (let node = intervalFirst<FileKey>(file.iMmapAt, index, index); node != 0; node = intervalNext<FileKey>(node, index, index)) {
    const vma = vmaOfSharedNode(node);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
  readUnlock(file.iMmapLockAt);
}
