/**
 * The reverse map's part of moving a page to another frame: its entries become migration entries, and then entries of
 * the new page.
 */

import { thisCpu } from "../arch/cpu";
import { atomicAdd32, atomicAnd32, atomicOr32 } from "../arch/rmw";
import {
  PG_ANON_EXCLUSIVE,
  PG_DIRTY,
  PTE_DIRTY,
  PTE_MIG_WRITE,
  PTE_SWP_EXCLUSIVE,
  PTE_WRITE,
  LOCK_PTE,
} from "../layout";
import { putPage } from "../lru/release";
import { AnonVma } from "../obj/anon_vma";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import {
  mkMigrationPte,
  mkPte,
  pteIsMigration,
  pteLocked,
  ptePage,
  pteUnchanged,
  pteWritable,
  setPteLocked,
} from "../pt/pte";
import { deferTlbFlush } from "../pt/flush";
import { leafOfVma, pteAt, ptlOf } from "../pt/table";
import { refInc } from "../sync/refcount";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { lockIfMapped, unlockMapped } from "./mapped";
import { isExclusive, pageAnon, removeRmap } from "./map_page";
import { clearUnlessPinned } from "./pin";
import { rmapWalk, rmapWalkPinned } from "./walk";

/** Visitor. Replaces one entry by a migration entry. */
@unmanaged
class TryToMigrateOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf == 0) return true;
    const at = pteAt(leaf, address);
    const pte = pteLocked(at);
    if ((pte & PTE_DIRTY) != 0) atomicOr32(page.flagsAt, PG_DIRTY);
    const exclusive = isExclusive(page);
    if (exclusive && !clearUnlessPinned(at, pte, page)) {
      unlockMapped(leaf);
      return false;
    }
    if (exclusive) atomicAnd32(page.flagsAt, ~PG_ANON_EXCLUSIVE);
    setPteLocked(at, mkMigrationPte(page, pteWritable(pte), exclusive, pageAnon(page)) | pteUnchanged(pte));
    deferTlbFlush(changetype<Mm>(vma.mm));
    removeRmap(page);
    unlockMapped(leaf);
    thisCpu().statWalkFound++;
    putPage(page); // the entry's reference; the caller holds another one
    return true;
  }
}

/**
 * Replaces all entries of the page by migration entries. tryToUnmapFlush flushes the TLBs later. The page is locked.
 * The caller holds a reference to it and to its owner.
 */
export function tryToMigrate(page: Page): void {
  rmapWalk<TryToMigrateOne>(page, 0);
}

/** Visitor. Turns one migration entry of the page `arg` into an entry of `page`. */
@unmanaged
class RemoveMigrationOne {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = leafOfVma(vma, address);
    if (leaf == 0) return true;
    const at = pteAt(leaf, address);
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(at);
    if (pteIsMigration(pte) && changetype<u32>(ptePage(pte)) == arg) {
      refInc(page.refcountAt);
      atomicAdd32(page.mapcountAt, 1);
      const exclusive = (pte & PTE_SWP_EXCLUSIVE) != 0;
      if (exclusive) atomicOr32(page.flagsAt, PG_ANON_EXCLUSIVE);
      setPteLocked(at, mkPte(page, ((pte & PTE_MIG_WRITE) != 0 ? PTE_WRITE | PTE_DIRTY : 0) | pteUnchanged(pte)));
    }
    spinUnlock(ptlOf(leaf));
    return true;
  }
}

/**
 * Turns the migration entries of `old` into entries of `page` (`old` itself, if the move failed). `owner` is the pinned
 * anon_vma of an anonymous page, 0 for a file's. Both pages are locked.
 */
export function removeMigrationPtes(old: Page, page: Page, owner: u32): void {
  if (owner != 0) rmapWalkPinned<RemoveMigrationOne>(page, changetype<AnonVma>(owner), changetype<u32>(old));
  else rmapWalk<RemoveMigrationOne>(page, changetype<u32>(old));
}
