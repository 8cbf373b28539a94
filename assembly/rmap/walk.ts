/**
 * The reverse-map walk visits every VMA that may map a page.
 *
 * A visitor is a type `V` with a method `one(page, vma, address, arg): bool`. The walk calls it with the rmap lock
 * held. The method takes the table's lock and checks the entry (mapped.ts), because a VMA may be in the tree without
 * mapping the page. It returns false to end the walk.
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { FileKey, vmaOfSharedNode } from "../file/mapping";
import { LOCK_ANON_VMA, LOCK_I_MMAP } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { mustBeFile, mustBeLive, treeWalk } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { mappingIsAnon, mappingIsKsm, Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { readLock, readTrylock, readUnlock } from "../sync/rwsem";
import { avcOfNode, ChainKey } from "./chain";
import { ANON_VMA_BUSY, folioLockAnonVmaRead, folioUnlockAnonVmaRead } from "./lock";
import { addressIn, pageKsm } from "./map_page";
import { rmapWalkKsm } from "./walk_ksm";

/** Walks the VMAs of a page. The caller holds a reference and the page lock, so the page keeps its owner. */
export function rmapWalk<V>(page: Page, arg: u32): void {
  walkPage<V>(page, arg, true);
}

/** As rmapWalk, but gives up if a writer holds a lock: false then. For callers that can come back later. */
export function rmapTryWalk<V>(page: Page, arg: u32): bool {
  return walkPage<V>(page, arg, false);
}

@inline
function walkPage<V>(page: Page, arg: u32, wait: bool): bool {
  thisCpu().statWalks++;
  // RACE: without the page's lock (only for anonymous pages) the word may change. It is read once.
  const mapping = readOnce32(page.mappingAt);
  if (mappingIsKsm(mapping)) return rmapWalkKsm<V>(page, arg, wait);
  if (mappingIsAnon(mapping)) return rmapWalkAnon<V>(page, arg, wait);
  return mapping == 0 || rmapWalkFile<V>(page, arg, wait);
}

function rmapWalkAnon<V>(page: Page, arg: u32, wait: bool): bool {
  const found = folioLockAnonVmaRead(page, wait);
  if (found == ANON_VMA_BUSY) return false;
  if (found == 0) return true;
  walkTree<V>(page, changetype<AnonVma>(found), arg);
  folioUnlockAnonVmaRead(changetype<AnonVma>(found));
  return true;
}

/**
 * Walks the VMAs of an anonymous page that nothing maps now, because it is being moved. Its owner cannot be found
 * safely through it any more, so the caller pinned `anonVma` while it was mapped.
 */
export function rmapWalkPinned<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  thisCpu().statWalks++;
  mustBeLive(changetype<u32>(anonVma));
  const root = changetype<AnonVma>(anonVma.root);
  mustBeLive(changetype<u32>(root));
  readLock(root.rwsemAt, LOCK_ANON_VMA);
  walkTree<V>(page, anonVma, arg);
  readUnlock(root.rwsemAt);
}

/** Visits every VMA of the anon_vma's tree at the page's offset. The root's lock is held. */
function walkTree<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  const index = readOnce64(page.indexAt);
  treeWalk(changetype<u32>(anonVma), changetype<AnonVma>(anonVma.root).rwsemAt);
  let node = intervalFirst<ChainKey>(anonVma.rbRootAt, index, index);
  for (; node != 0; node = intervalNext<ChainKey>(node, index, index)) {
    const vma = changetype<Vma>(avcOfNode(node).vma);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
}

function rmapWalkFile<V>(page: Page, arg: u32, wait: bool): bool {
  const file = changetype<AddressSpace>(readOnce32(page.mappingAt));
  mustBeFile(changetype<u32>(file));
  const index = readOnce64(page.indexAt);
  if (wait) readLock(file.iMmapLockAt, LOCK_I_MMAP);
  else if (!readTrylock(file.iMmapLockAt, LOCK_I_MMAP)) return false;
  let node = intervalFirst<FileKey>(file.iMmapAt, index, index);
  for (; node != 0; node = intervalNext<FileKey>(node, index, index)) {
    const vma = vmaOfSharedNode(node);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, addressIn(vma, index), arg)) break;
  }
  readUnlock(file.iMmapLockAt);
  return true;
}
