/**
 * The TLB of a CPU remembers entries of page tables, and does not notice when they change. Whoever takes a right or the
 * page away from an entry flushes before relying on that.
 *
 * The modelled hardware has flushes that reach other CPUs by themselves, as arm64 has. An invalidation empties the
 * other CPU's TLB. It is complete when the access that this CPU is making through its TLB has ended. Two words of each
 * CPU serve for that:
 *
 *   an access    marks itself (tlbBusy becomes odd), then looks whether the entry is of this epoch
 *   a flush      advances the epoch, then looks whether an access is marked, and waits for its end
 *
 * Each sets its own mark before it looks at the other's, and both marks are full barriers. So either the flush meets
 * the access and waits, or the access meets the new epoch and finds no entry.
 */

import { CPU_TLB, EVENT_TLB_FLUSH, PAGE_SHIFT, PTE_UNCHANGED, TLB_ENTRIES, TLB_ENTRIES_SHIFT } from "../layout";
import { Cpu } from "../obj/cpu";
import { Mm } from "../obj/mm";
import { TlbEntry } from "../obj/tlb";
import { loadAcquire32, readOnce32 } from "./access";
import { thisCpu } from "./cpu";
import { atomicAdd32, atomicOr32 } from "./rmw";
import { trace } from "./trace";
import { waitTurn } from "./wait";

@inline
function entryOf(cpu: Cpu, address: u64): TlbEntry {
  const index = (<u32>(address >> PAGE_SHIFT)) & (TLB_ENTRIES - 1);
  return changetype<TlbEntry>(changetype<usize>(cpu) + CPU_TLB + index * offsetof<TlbEntry>());
}

@inline
function keyOf(mm: Mm, address: u64): u64 {
  return ((<u64>mm.id) << 32) | (address >> (PAGE_SHIFT + TLB_ENTRIES_SHIFT));
}

/** The entry that this CPU remembers for `address`, or 0. Only a guess: tlbEnter tells whether it holds. */
@inline
export function tlbPeek(mm: Mm, address: u64): u64 {
  const entry = entryOf(thisCpu(), address);
  return entry.key == keyOf(mm, address) ? entry.pte : 0;
}

/**
 * Begins an access through the entry that tlbPeek gave for `address`. False: it was flushed, and the access must not be
 * made. Call tlbLeave in both cases. The mark is a full barrier. Pairs with tlbInvalidate in arch/tlb.ts.
 */
@inline
export function tlbEnter(address: u64): bool {
  const cpu = thisCpu();
  atomicAdd32(cpu.tlbBusyAt, 1);
  return entryOf(cpu, address).epoch == readOnce32(cpu.tlbEpochAt);
}

/** Ends an access. The access comes before the mark goes. Pairs with tlbInvalidate in arch/tlb.ts. */
@inline
export function tlbLeave(): void {
  atomicAdd32(thisCpu().tlbBusyAt, 1);
}

/**
 * Whether the entry that tlbPeek gave for `address` holds at this moment. Enough for an access that neither reads nor
 * writes.
 */
@inline
export function tlbHolds(address: u64): bool {
  const cpu = thisCpu();
  return entryOf(cpu, address).epoch == readOnce32(cpu.tlbEpochAt);
}

/**
 * Begins to fill the TLB: call it before you look an entry of `mm` up under its table's lock. From now on flushes reach
 * this CPU. Returns the epoch for tlbFill. A flush between this and tlbFill makes the entry worthless at once. The bit
 * is set with a full barrier before the lock is taken. Pairs with flushTlbMm in pt/flush.ts.
 */
@inline
export function tlbBegin(mm: Mm): u32 {
  const cpu = thisCpu();
  const at = mm.tlbCpus0At + ((cpu.number >> 5) << 2);
  const bit: u32 = 1 << (cpu.number & 31);
  if ((readOnce32(at) & bit) == 0) atomicOr32(at, bit);
  return readOnce32(cpu.tlbEpochAt);
}

/**
 * Remembers the entry `pte` of `address`. `epoch` is what tlbBegin returned. The table's lock is held. Only this CPU
 * uses the entry. The checked build reads it from other CPUs and relies on the order of these stores.
 *
 * Where a store must take the mark PTE_UNCHANGED away, the TLB does not know the entry as dirty. So the store goes by
 * the page table. The dirty bit is the one below the mark.
 */
@inline
export function tlbFill(mm: Mm, address: u64, pte: u64, epoch: u32): void {
  const entry = entryOf(thisCpu(), address);
  entry.pte = pte & ~((pte & PTE_UNCHANGED) >> 1);
  entry.key = keyOf(mm, address);
  entry.epoch = epoch;
}

/**
 * Forgets what this CPU remembers of `address`. A fault does that, as on x86: the entry did not allow the access, so it
 * must not serve the next one, whatever the fault finds in the tables.
 */
@inline
export function tlbForgetPage(mm: Mm, address: u64): void {
  const entry = entryOf(thisCpu(), address);
  if (entry.key == keyOf(mm, address)) entry.key = 0;
}

/** Empties this CPU's own TLB. */
@inline
export function tlbForgetAll(): void {
  tlbInvalidate(thisCpu());
}

/**
 * Empties the TLB of `cpu`, and waits for the end of an access that `cpu` is making. Advancing the epoch is a full
 * barrier. Acquire: what `cpu` did through its TLB comes before all that follows here, so who then reads the page finds
 * the last store to it. Pairs with tlbEnter and tlbLeave in arch/tlb.ts.
 */
export function tlbInvalidate(cpu: Cpu): void {
  atomicAdd32(cpu.tlbEpochAt, 1);
  trace(EVENT_TLB_FLUSH, cpu.number);
  if (cpu === thisCpu()) return;
  const busy = cpu.tlbBusyAt;
  const was = loadAcquire32(busy);
  if ((was & 1) == 0) return;
  for (let turn: u32 = 0; loadAcquire32(busy) == was; turn++) waitTurn(busy, was, turn);
}
