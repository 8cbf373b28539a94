/**
 * What is known of objects besides what stands in them: where each slot of a slab ends, the checked build keeps two words
 * more. The first says how far the object's life has come, the second which CPU changes its tree without the lock.
 *
 *   SHADOW_MAKING     its constructor is at work
 *   SHADOW_PUBLISHED  others can find it
 *
 * A stale reader may meet a freed or reused anon_vma: that alone is legal. These functions are called where more is
 * claimed, and panic with the invariant (I1, I2, I3, I5, I9) that does not hold.
 */

import { delayPoint } from "../arch/delay";
import { readOnce32, readOnce64, writeOnce32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { panic } from "../arch/panic";
import { xchg32 } from "../arch/rmw";
import { trace } from "../arch/trace";
import {
  CPU_TLB,
  DELAY_CHANGE_BEGUN,
  DELAY_CHANGE_MADE,
  EVENT_CHANGE,
  EVENT_MADE,
  EVENT_PUBLISH,
  EVENT_WALK,
  PAGE_SHIFT,
  PAGE_SIZE,
  PANIC_I1,
  PANIC_I12,
  PANIC_I2,
  PANIC_I3,
  PANIC_I5,
  PANIC_I9,
  PG_DIRTY,
  PG_SLAB,
  PTE_DIRTY,
  PTE_PRESENT,
  PTE_WRITE,
  PTE_ZERO,
  SHADOW_MAKING,
  SHADOW_PUBLISHED,
  SLAB_ANON_VMA,
  SLAB_FILE,
  SLOT_CLAIMED,
  TLB_ENTRIES,
} from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { TlbEntry } from "../obj/tlb";
import { lockIsHeld } from "../sync/lockdep";
import { arenaPageOf } from "./arena";
import { slabCache, slabState } from "./slab";

const WRITER: u32 = 0x8000_0000;
const WAITING: u32 = 0x4000_0000;

/** Whether memory is (still) an object of a cache. */
function isOfType(at: u32, cache: u32): bool {
  const c = ctl();
  if (at < c.kmemBase || (at - c.kmemBase) >> PAGE_SHIFT >= c.kpages) return false;
  const page = arenaPageOf(at);
  return (
    readOnce32(page.flagsAt) == PG_SLAB &&
    readOnce32(page.kindAt) == cache &&
    (at & (PAGE_SIZE - 1)) % slabCache(cache).stride == 0
  );
}

@inline
function shadowAt(anonVma: u32): usize {
  return anonVma + slabCache(SLAB_ANON_VMA).size + 8;
}

/** I3: memory that is to be touched as an anon_vma, maybe a stale one, must still be of that type. */
export function mustBeAnonVma(at: u32): void {
  if (!isOfType(at, SLAB_ANON_VMA)) panic(PANIC_I3, at, isOfType(at, SLAB_FILE) ? 1 : 0);
}

/** I3, I5, I2: an anon_vma that is used for what it stands for now must be one, allocated, and made. */
export function mustBeLive(at: u32): void {
  mustBeAnonVma(at);
  if ((slabState(SLAB_ANON_VMA, at) & 1) == 0) panic(PANIC_I5, at);
  if ((readOnce32(shadowAt(at)) & SHADOW_MAKING) != 0) panic(PANIC_I2, at);
}

/** The same for the anon_vma found through a page, if this CPU holds the page's lock. */
export function mustBeLiveFor(page: Page, at: u32): void {
  if (lockIsHeld(page.flagsAt)) mustBeLive(at);
}

/**
 * I5: the page of an entry has an owner before the entry is stored. This asks the CPU that stores it: in the order in
 * which it works, its own stores are there. Another CPU that reads the entry without the table's lock may see the owner
 * later than the entry.
 */
export function mustBeOwned(pte: u64): void {
  if ((pte & PTE_PRESENT) == 0 || (pte & PTE_ZERO) != 0) return;
  const page = changetype<Page>(<usize>(pte >> 32));
  if (readOnce32(page.mappingAt) == 0) panic(PANIC_I5, changetype<u32>(page));
}

/** I9: memory that is to be touched as a file must be one. */
export function mustBeFile(at: u32): void {
  if (!isOfType(at, SLAB_FILE)) panic(PANIC_I9, at, isOfType(at & ~3, SLAB_ANON_VMA) ? 1 : 0);
}

/** I12: a page that is being freed must not stand in any TLB. Looked for while the stress runner lets this CPU dawdle. */
export function mustNotBeInTlb(page: Page): void {
  const number = whoRemembers(page, PTE_PRESENT);
  if (number != NO_CPU) panic(PANIC_I12, changetype<u32>(page), number, 0);
}

/**
 * I12: no CPU may store through its TLB to a file's page that was cleaned, is locked, and is about to be written. Who
 * faulted since has marked it dirty again, before its TLB knew the page.
 */
export function mustNotBeWritable(page: Page): void {
  const number = whoRemembers(page, PTE_PRESENT | PTE_WRITE | PTE_DIRTY);
  if (number == NO_CPU || (readOnce32(page.flagsAt) & PG_DIRTY) != 0) return;
  panic(PANIC_I12, changetype<u32>(page), number, 1);
}

/** No CPU's number. */
const NO_CPU: u32 = 0xffff_ffff;

/** A CPU whose TLB holds an entry of the page with these rights, or NO_CPU. */
function whoRemembers(page: Page, rights: u64): u32 {
  if (thisCpu().delaySeed == 0) return NO_CPU;
  for (let number: u32 = 0; number <= ctl().cpus; number++) {
    const cpu = cpuOf(number);
    const epoch = readOnce32(cpu.tlbEpochAt);
    for (let i: u32 = 0; i < TLB_ENTRIES; i++) {
      const entry = changetype<usize>(cpu) + CPU_TLB + i * offsetof<TlbEntry>();
      if (readOnce32(entry + offsetof<TlbEntry>("epoch")) != epoch) continue;
      const pte = readOnce64(entry + offsetof<TlbEntry>("pte"));
      if ((pte & rights) != rights || <u32>(pte >> 32) != changetype<u32>(page)) continue;
      const id = <u32>(readOnce64(entry + offsetof<TlbEntry>("key")) >> 32);
      // Its CPU may be filling it, the page first: with the key of another page this one would be taken for that.
      if (readOnce64(entry + offsetof<TlbEntry>("pte")) != pte) continue;
      if (isInUse(id) && readOnce32(cpu.tlbEpochAt) == epoch) return number;
    }
  }
  return NO_CPU;
}

/** Whether operations still find the address space of an id: of one that ends, TLBs are not flushed, since nobody uses it. */
function isInUse(id: u32): bool {
  for (let slot: u32 = 0; slot < ctl().spaces; slot++) {
    const mm = readOnce32(ctl().spaceBase + (slot << 2));
    if (mm != 0 && mm != SLOT_CLAIMED && changetype<Mm>(mm).id == id) return true;
  }
  return false;
}

/** A constructor begins; nobody may rely on the object until it is made. */
export function anonVmaMaking(at: u32): void {
  writeOnce32(shadowAt(at), SHADOW_MAKING);
}

/** The constructor is through. */
export function anonVmaMade(at: u32): void {
  writeOnce32(shadowAt(at), readOnce32(shadowAt(at)) & ~SHADOW_MAKING);
  trace(EVENT_MADE, at);
}

/** Others can find it from now on. It need not be made yet: I2 is about who uses it before it is. */
export function anonVmaPublished(at: u32): void {
  trace(EVENT_PUBLISH, at);
  if ((slabState(SLAB_ANON_VMA, at) & 1) == 0) panic(PANIC_I5, at);
  writeOnce32(shadowAt(at), readOnce32(shadowAt(at)) | SHADOW_PUBLISHED);
}

/** I1: a change of an anon_vma's tree, protected by the rwsem at `lock`, begins. */
export function treeChangeBegin(anonVma: u32, lock: usize): void {
  changeBegin(anonVma, lock, lockIsHeld(lock) && (readOnce32(lock) & WRITER) != 0, readOnce32(lock) & ~WAITING);
}

/** I1: a change of an anon_vma's list, protected by the spinlock at `lock`, begins. */
export function listChangeBegin(anonVma: u32, lock: usize): void {
  changeBegin(anonVma, lock, lockIsHeld(lock), readOnce32(lock));
}

/**
 * Without the lock an object that others can find must not be changed at all; one that nobody can find yet, only while
 * no reader of its former life holds the lock.
 */
function changeBegin(anonVma: u32, lock: usize, held: bool, holders: u32): void {
  trace(EVENT_CHANGE, anonVma, held ? 1 : 0);
  const at = shadowAt(anonVma);
  const me = thisCpu().number + 1;
  if (held) {
    const other = readOnce32(at + 4);
    if (other != 0 && other != me) panic(PANIC_I1, anonVma, <u32>lock, other - 1, 2);
    return;
  }
  if ((readOnce32(at) & SHADOW_PUBLISHED) != 0) panic(PANIC_I1, anonVma, <u32>lock, 0, 1);
  if (holders != 0) panic(PANIC_I1, anonVma, <u32>lock, 0, 2);
  // The exchange is a full barrier: whoever takes the lock from here on sees the mark.
  xchg32(at + 4, me);
  delayPoint(DELAY_CHANGE_BEGUN);
}

/** The change is through. */
export function treeChangeEnd(anonVma: u32, lock: usize): void {
  const at = shadowAt(anonVma) + 4;
  if (readOnce32(at) != thisCpu().number + 1) return;
  delayPoint(DELAY_CHANGE_MADE);
  xchg32(at, 0);
  if (!lockIsHeld(lock) && (readOnce32(lock) & ~WAITING) != 0) panic(PANIC_I1, anonVma, <u32>lock, 0, 2);
}

/** I1: a walk of an anon_vma's tree, protected by the lock at `lock`, begins. */
export function treeWalk(anonVma: u32, lock: usize): void {
  trace(EVENT_WALK, anonVma);
  if (!lockIsHeld(lock)) panic(PANIC_I1, anonVma, <u32>lock, 0, 3);
  const other = readOnce32(shadowAt(anonVma) + 4);
  if (other != 0 && other != thisCpu().number + 1) panic(PANIC_I1, anonVma, <u32>lock, other - 1, 2);
}

/** I1: a walk of an anon_vma's list, protected by the spinlock at `lock`, begins. */
export function listWalk(anonVma: u32, lock: usize): void {
  treeWalk(anonVma, lock);
}
