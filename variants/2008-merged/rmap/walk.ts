/**
 * The reverse-map walk: every VMA that may map a page, as in Linux 2.6.26 (`page_referenced_anon`, `try_to_unmap_anon`):
 * the whole list of the anon_vma, however many VMAs of it lie elsewhere.
 *
 * A visitor is a type `V` with a method `one(page, vma, address, arg): bool`, called with the rmap lock held; it takes
 * the table's lock itself and checks the entry (mapped.ts). It answers false to end the walk.
 */

import { readOnce32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { FileKey, vmaOfSharedNode } from "../file/mapping";
import { LOCK_I_MMAP, MAPPING_ANON, PAGE_SHIFT, PANIC_I1 } from "../layout";
import { intervalFirst, intervalNext } from "../lib/interval";
import { listWalk, mustBeFile, mustBeLive } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AddressSpace } from "../obj/file";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { readLock, readUnlock } from "../sync/rwsem";
import { anonVmaLock, anonVmaUnlock } from "./anon_vma";
import { nextOnList } from "./chain";
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

/** As rmapWalk: in 2008 reclaim waited for every lock of the reverse map. */
export function rmapTryWalk<V>(page: Page, arg: u32): bool {
  rmapWalk<V>(page, arg);
  return true;
}

function rmapWalkAnon<V>(page: Page, arg: u32): void {
  const found = folioLockAnonVmaRead(page);
  if (found == 0) return;
  walkList<V>(page, changetype<AnonVma>(found), arg);
  folioUnlockAnonVmaRead(changetype<AnonVma>(found));
}

/** Walks the VMAs of an anonymous page that is mapped nowhere now; the caller pinned `anonVma` while it was mapped. */
export function rmapWalkPinned<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  thisCpu().statWalks++;
  mustBeLive(changetype<u32>(anonVma));
  anonVmaLock(anonVma);
  walkList<V>(page, anonVma, arg);
  anonVmaUnlock(anonVma);
}

/** Every VMA on the list in whose range the page's offset is. The anon_vma's lock is held. */
function walkList<V>(page: Page, anonVma: AnonVma, arg: u32): void {
  const index = page.index;
  listWalk(changetype<u32>(anonVma), anonVma.lockAt);
  const first = readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first"));
  const last = readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"));
  for (let at = first; at != 0; at = nextOnList(changetype<Vma>(at))) {
    const vma = changetype<Vma>(at);
    if (index < vma.pgoff || index >= vma.pgoff + vma.pages) continue;
    thisCpu().statWalkVisited++;
    delayPoint(22);
    if (!changetype<V>(0).one(page, vma, vma.start + ((index - vma.pgoff) << PAGE_SHIFT), arg)) break;
  }
  // I1: nobody changed the list under the lock that this CPU holds.
  const same = first == readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("first")) &&
    last == readOnce32(changetype<usize>(anonVma) + offsetof<AnonVma>("last"));
  bugUnless(same, PANIC_I1, changetype<u32>(anonVma), changetype<u32>(page));
}

function rmapWalkFile<V>(page: Page, arg: u32): void {
  const file = changetype<AddressSpace>(page.mapping);
  mustBeFile(changetype<u32>(file));
  const index = page.index;
  readLock(file.iMmapLockAt, LOCK_I_MMAP);
  for (let node = intervalFirst<FileKey>(file.iMmapAt, index, index); node != 0; node = intervalNext<FileKey>(node, index, index)) {
    const vma = vmaOfSharedNode(node);
    thisCpu().statWalkVisited++;
    if (!changetype<V>(0).one(page, vma, vma.start + ((index - vma.pgoff) << PAGE_SHIFT), arg)) break;
  }
  readUnlock(file.iMmapLockAt);
}
