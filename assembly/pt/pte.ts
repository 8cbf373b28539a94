/**
 * Leaf entries. A present entry holds its struct page's address in the upper half, so that no multiplication leads from
 * the entry to the page. layout.ts has the bits.
 */

import { readOnce32, writeLocked64 } from "../arch/access";
import { ctl } from "../arch/cpu";
import {
  PTE_ACCESSED,
  PTE_DIRTY,
  PTE_DROPPED,
  PTE_MIGRATION,
  PTE_MIG_ANON,
  PTE_MIG_WRITE,
  PTE_PRESENT,
  PTE_SWAP,
  PTE_SWP_EXCLUSIVE,
  PTE_UNCHANGED,
  PTE_WRITE,
  PTE_ZERO,
} from "../layout";
import { mustBeOwned } from "../mem/shadow";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";

/** The entry at `at`. The table's lock is held. */
@inline
export function pteLocked(at: usize): u64 {
  return load<u64>(at);
}

/**
 * Changes the entry at `at`. The table's lock is held. Everyone who uses what an entry says takes that lock. RACE: a
 * fault peeks without it, and compares again under the lock before it acts.
 */
@inline
export function setPteLocked(at: usize, pte: u64): void {
  mustBeOwned(pte);
  writeLocked64(at, pte);
}

/** A present entry for `page` with further bits. */
@inline
export function mkPte(page: Page, bits: u64): u64 {
  return ((<u64>changetype<u32>(page)) << 32) | PTE_PRESENT | PTE_ACCESSED | bits;
}

/** The read-only entry of the shared zero page. */
@inline
export function mkZeroPte(): u64 {
  return ((<u64>ctl().pageBase) << 32) | PTE_PRESENT | PTE_ACCESSED | PTE_ZERO;
}

@inline
export function ptePresent(pte: u64): bool {
  return (pte & PTE_PRESENT) != 0;
}

/** Whether the entry names a swap slot. */
@inline
export function pteIsSwap(pte: u64): bool {
  return (pte & (PTE_PRESENT | PTE_SWAP)) == PTE_SWAP;
}

/** The slot of a swap entry. */
@inline
export function pteSlot(pte: u64): u32 {
  return <u32>(pte >> 32);
}

/** The entry of a page that went out to `slot`. */
@inline
export function mkSwapPte(slot: u32, exclusive: bool): u64 {
  return ((<u64>slot) << 32) | PTE_SWAP | (exclusive ? PTE_SWP_EXCLUSIVE : 0);
}

/** Whether the entry's page is being moved. */
@inline
export function pteIsMigration(pte: u64): bool {
  return (pte & (PTE_PRESENT | PTE_MIGRATION)) == PTE_MIGRATION;
}

/** The entry of `page` while it is being moved. */
@inline
export function mkMigrationPte(page: Page, writable: bool, exclusive: bool, anon: bool): u64 {
  return (
    ((<u64>changetype<u32>(page)) << 32) |
    PTE_MIGRATION |
    (writable ? PTE_MIG_WRITE : 0) |
    (anon ? PTE_MIG_ANON : 0) |
    (exclusive ? PTE_SWP_EXCLUSIVE : 0)
  );
}

@inline
export function pteWritable(pte: u64): bool {
  return (pte & PTE_WRITE) != 0;
}

@inline
export function pteIsZero(pte: u64): bool {
  return (pte & PTE_ZERO) != 0;
}

/** The struct page of a present entry. */
@inline
export function ptePage(pte: u64): Page {
  return changetype<Page>(<u32>(pte >> 32));
}

@inline
export function pteWrprotect(pte: u64): u64 {
  return pte & ~PTE_WRITE;
}

@inline
export function pteMkdirtyWritable(pte: u64): u64 {
  return (pte & ~PTE_UNCHANGED) | PTE_WRITE | PTE_DIRTY | PTE_ACCESSED;
}

/** Whether the entry allows stores of which no mark has to tell any more. */
@inline
export function pteStorable(pte: u64): bool {
  return (pte & (PTE_WRITE | PTE_UNCHANGED)) == PTE_WRITE;
}

/** The mark that the entry of a page gets which replaces `pte`, for the same content. */
@inline
export function pteUnchanged(pte: u64): u64 {
  return pte & PTE_UNCHANGED;
}

/**
 * The same where `pte` maps nothing, for the content that a fault finds there. That is what was there before, unless
 * something was dropped.
 */
@inline
export function pteUnchangedHole(pte: u64): u64 {
  return pte == 0 ? PTE_UNCHANGED : 0;
}

/** Whether the entry maps nothing: a fault makes a page there. */
@inline
export function pteNone(pte: u64): bool {
  return (pte & ~PTE_DROPPED) == 0;
}

/** What an entry becomes whose page goes without a trace, while its mapping stays. */
@inline
export function mkHole(mm: Mm): u64 {
  // RACE: the tracking may begin or end now. Who begins it looks at every entry afterwards, under its table's lock. A
  // mark that nobody asks for any more is as good as none.
  return readOnce32(mm.trackedAt) != 0 ? PTE_DROPPED : 0;
}
