/** Makes address spaces and tears them down. */

import { rcuAssignPointer, rcuDereference } from "../arch/access";
import { atomicAdd32, cmpxchg32 } from "../arch/rmw";
import { ctl } from "../arch/cpu";
import { EEXIST, ESRCH, SLAB_MM, SLOT_CLAIMED } from "../layout";
import { arenaAddress } from "../mem/arena";
import { slabAlloc, slabFree } from "../mem/slab";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { arenaPageOf } from "../mem/arena";
import { tlbForget } from "../pt/flush";
import { tableAlloc, tableFree } from "../pt/table";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { detachAndUnmap } from "./munmap";

/** The address space in a slot, or 0. Pairs with setSlot in mm/mm.ts. */
@inline
export function mmOfSlot(slot: u32): u32 {
  const at = slot < ctl().spaces ? rcuDereference(ctl().spaceBase + (slot << 2)) : 0;
  return at != SLOT_CLAIMED ? at : 0;
}

/**
 * Claims an empty slot for an address space that the caller makes; setSlot ends the claim. Returns 0, -ESRCH (no such
 * slot) or -EEXIST.
 */
export function claimSlot(slot: u32): i32 {
  if (slot >= ctl().spaces) return -ESRCH;
  return cmpxchg32(ctl().spaceBase + (slot << 2), 0, SLOT_CLAIMED) == 0 ? 0 : -EEXIST;
}

/**
 * Replaces `old` in a slot by `mm`, or by 0. False: another CPU was faster, and the slot is unchanged. The exchange
 * publishes `mm`. Pairs with mmOfSlot in mm/mm.ts.
 */
export function exchangeSlot(slot: u32, old: Mm, mm: u32): bool {
  return cmpxchg32(ctl().spaceBase + (slot << 2), changetype<u32>(old), mm) == changetype<u32>(old);
}

/**
 * Puts an address space into a slot, where others find it from now on, or 0 to empty it. Pairs with mmOfSlot in
 * mm/mm.ts.
 */
export function setSlot(slot: u32, mm: u32): void {
  rcuAssignPointer(ctl().spaceBase + (slot << 2), mm);
}

/** A new, empty address space; 0 without memory. */
export function mmAlloc(slot: u32): u32 {
  const at = slabAlloc(SLAB_MM);
  if (at == 0) return 0;
  const pgd = tableAlloc();
  if (pgd == 0) {
    slabFree(SLAB_MM, at);
    return 0;
  }
  const mm = changetype<Mm>(at);
  mm.mmapLock = 0;
  mm.mmapSleepers = 0;
  mm.lockSeq = 0;
  mm.pgd = arenaAddress(pgd);
  mm.tablesLock = 0;
  mm.root = 0;
  mm.first = 0;
  mm.mapCount = 0;
  mm.slot = slot;
  mm.id = atomicAdd32(ctl().nextMmAt, 1) + 1;
  mm.startBrk = 0;
  mm.brk = 0;
  mm.tables = 1;
  mm.ksmEntered = 0;
  mm.ksmItems = 0;
  mm.tlbCpus0 = 0;
  mm.tlbCpus1 = 0;
  mm.tlbPending = 0;
  mm.tlbFlushed = 0;
  mm.tracked = 0;
  return at;
}

/** Unmaps everything. No CPU runs in the address space any more, but reverse-map walks may still pass through it. */
export function exitMmap(mm: Mm): void {
  mmapWriteLock(mm);
  tlbForget(mm);
  if (mm.first != 0) {
    let last = mm.first;
    while (changetype<Vma>(last).next != 0) last = changetype<Vma>(last).next;
    detachAndUnmap(mm, changetype<Vma>(mm.first), changetype<Vma>(last));
  }
  mmapWriteUnlock(mm);
}

/** Gives back an address space that maps nothing. */
export function mmFree(mm: Mm): void {
  tableFree(arenaPageOf(mm.pgd));
  slabFree(SLAB_MM, changetype<u32>(mm));
}
