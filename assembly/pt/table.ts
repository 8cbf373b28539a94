/**
 * Page tables: four levels of 512 entries. An upper entry goes from none to a table under Mm.tablesLock, and back to
 * none only when no VMA is left over its range. Each leaf table's lock protects its entries. The lock stands in the
 * table's struct page. An upper entry holds both addresses, so one load gives the table and its lock.
 */

import { rcuDereference, rcuDereference64, storeRelease32, storeRelease64, writeOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { atomicSub32 } from "../arch/rmw";
import {
  LEAF_SPAN,
  LOCK_TABLES,
  PAGE_SHIFT,
  PAGE_SIZE,
  PG_TABLE,
  PTRS_PER_TABLE,
  PTRS_SHIFT,
  TABLE_LEVELS,
} from "../layout";
import { arenaAddress, arenaAlloc, arenaFree, arenaZero } from "../mem/arena";
import { countMost } from "../mem/most";
import { rcuFreePage } from "../mem/rcu";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** What a table of upper entries of leaf tables covers: 2 to this power, 1 GiB. */
const TABLES_SHIFT: u64 = PAGE_SHIFT + 2 * PTRS_SHIFT;

/** The bytes that an entry of a table at `level` covers. Level 0 is a leaf table. */
@inline
function entrySpan(level: u32): u64 {
  return (<u64>1) << (PAGE_SHIFT + PTRS_SHIFT * level);
}

@inline
function entryAt(table: u32, address: u64, level: u32): usize {
  return table + (((<u32>(address >> (PAGE_SHIFT + PTRS_SHIFT * level))) & (PTRS_PER_TABLE - 1)) << 3);
}

/** The end of what the leaf table over `address` covers. */
@inline
export function leafEnd(address: u64): u64 {
  return (address & ~(LEAF_SPAN - 1)) + LEAF_SPAN;
}

/** The table that an upper entry points to. */
@inline
function tableOf(entry: u64): u32 {
  return (<u32>entry) & ~(PAGE_SIZE - 1);
}

/** Address of the leaf entry for `address` in the leaf table of `leaf`. */
@inline
export function pteAt(leaf: u64, address: u64): usize {
  return entryAt(tableOf(leaf), address, 0);
}

/** Address of the lock of a leaf table. */
@inline
export function ptlOf(leaf: u64): usize {
  return changetype<Page>(<u32>(leaf >> 32)).privAt;
}

/**
 * The upper entry of the leaf table over `address`, or 0 if there is none. The caller keeps the range's VMA from going
 * away (mmap lock, VMA lock or rmap lock). The loads are ordered by their addresses. Pairs with install in pt/table.ts.
 */
export function leafOf(mm: Mm, address: u64): u64 {
  let entry = rcuDereference64(entryAt(mm.pgd, address, 3));
  if (entry == 0) return 0;
  entry = rcuDereference64(entryAt(tableOf(entry), address, 2));
  if (entry == 0) return 0;
  return rcuDereference64(entryAt(tableOf(entry), address, 1));
}

/**
 * As leafOf for an address of a VMA, whose rmap lock is held. Remembers in the VMA where the entries of its leaf tables
 * stand. That table stays as long as the VMA has its range: whoever changes the range, or frees the table, takes that
 * lock for writing first. Pairs with findLeaf and install in pt/table.ts.
 */
@inline
export function leafOfVma(vma: Vma, address: u64): u64 {
  const table = rcuDereference(vma.tablesAt);
  return table != 0 ? rcuDereference64(entryAt(table, address, 1)) : findLeaf(vma, address);
}

/** leafOfVma for a VMA of which nothing is remembered. */
function findLeaf(vma: Vma, address: u64): u64 {
  // The loads are ordered by their addresses. Pairs with install in pt/table.ts.
  let entry = rcuDereference64(entryAt(changetype<Mm>(vma.mm).pgd, address, 3));
  if (entry == 0) return 0;
  entry = rcuDereference64(entryAt(tableOf(entry), address, 2));
  if (entry == 0) return 0;
  // Release: another walk that finds the table here sees it as empty as this CPU does, and then what was installed in
  // it. Pairs with leafOfVma in pt/table.ts. Other walks may store the same at the same time.
  if (vma.start >> TABLES_SHIFT == (vma.end - 1) >> TABLES_SHIFT) storeRelease32(vma.tablesAt, tableOf(entry));
  return rcuDereference64(entryAt(tableOf(entry), address, 1));
}

/** As leafOf, and makes the missing tables; 0 without memory. */
export function leafAlloc(mm: Mm, address: u64): u64 {
  let table = mm.pgd;
  let entry: u64 = 0;
  for (let level: u32 = TABLE_LEVELS - 1; level >= 1; level--) {
    const at = entryAt(table, address, level);
    // Pairs with install in pt/table.ts.
    entry = rcuDereference64(at);
    if (entry == 0) {
      entry = install(mm, at);
      if (entry == 0) return 0;
    }
    table = tableOf(entry);
  }
  return entry;
}

/**
 * Installs a fresh table at the upper entry `at`, unless another CPU was first. Returns the entry, or 0 without memory.
 */
function install(mm: Mm, at: usize): u64 {
  const page = tableAlloc();
  if (page == 0) return 0;
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  let entry = load<u64>(at);
  const lost = entry != 0;
  if (!lost) {
    entry = ((<u64>page) << 32) | arenaAddress(page) | 1;
    mm.tables++;
    // Release: who follows the entry sees an empty table and a free lock. Pairs with leafOf and leafAlloc in
    // pt/table.ts.
    storeRelease64(at, entry);
  }
  spinUnlock(mm.tablesLockAt);
  if (lost) {
    countTableFreed();
    arenaFree(changetype<Page>(page));
  }
  return entry;
}

/** The struct page of a new, empty table, or 0. */
export function tableAlloc(): u32 {
  const page = arenaAlloc();
  if (page == 0) return 0;
  arenaZero(page);
  const p = changetype<Page>(page);
  // RACE: the zone looks at a neighbour's flags for PG_BUDDY only, which no page in use has.
  writeOnce32(p.flagsAt, PG_TABLE);
  p.priv = 0;
  thisCpu().statTables++;
  countMost(ctl().tablesAt, ctl().tablesMostAt);
  return page;
}

function countTableFreed(): void {
  thisCpu().statTables--;
  atomicSub32(ctl().tablesAt, 1);
}

/** Gives a table back after a grace period, because lockless walkers may still stand in it. */
export function tableFree(page: Page): void {
  countTableFreed();
  rcuFreePage(page);
}

/**
 * Frees the tables over [start, end) that lie wholly in [floor, ceiling), the space between the last VMA below and the
 * first above. All their entries are none. The mmap lock is held for writing, and no rmap walk can reach the range any
 * more.
 */
export function tablesFree(mm: Mm, start: u64, end: u64, floor: u64, ceiling: u64): void {
  freeBelow(mm, mm.pgd, TABLE_LEVELS - 1, 0, start, end, floor, ceiling);
}

function freeBelow(mm: Mm, table: u32, level: u32, base: u64, start: u64, end: u64, floor: u64, ceiling: u64): void {
  const span = entrySpan(level);
  const first = start > base ? (start - base) >> (PAGE_SHIFT + PTRS_SHIFT * level) : 0;
  for (let i = first; i < PTRS_PER_TABLE; i++) {
    const low = base + i * span;
    if (low >= end) return;
    const at = table + ((<u32>i) << 3);
    // Another CPU may install a table for a neighbour here. Pairs with install in pt/table.ts.
    const entry = rcuDereference64(at);
    if (entry == 0) continue;
    if (level > 1) freeBelow(mm, tableOf(entry), level - 1, low, start, end, floor, ceiling);
    if (low >= floor && low + span <= ceiling) {
      // The table is freed after this, by RCU: a walker in pinFast may have read the entry before. Pairs with leafOf
      // in pt/table.ts.
      storeRelease64(at, 0);
      spinLock(mm.tablesLockAt, LOCK_TABLES);
      mm.tables--;
      spinUnlock(mm.tablesLockAt);
      tableFree(changetype<Page>(<u32>(entry >> 32)));
    }
  }
}

/** The first address at or after `address` and below `end` whose leaf table exists; `end` if there is none. */
export function nextLeaf(mm: Mm, address: u64, end: u64): u64 {
  while (address < end) {
    let table = mm.pgd;
    let level: u32 = TABLE_LEVELS - 1;
    while (true) {
      // Pairs with install in pt/table.ts.
      const entry = rcuDereference64(entryAt(table, address, level));
      if (entry != 0) {
        if (level == 1) return address;
        table = tableOf(entry);
        level--;
        continue;
      }
      address = (address & ~(entrySpan(level) - 1)) + entrySpan(level);
      // Behind a table's last entry the way goes down from the top again.
      if (address >= end || (address & (entrySpan(level + 1) - 1)) == 0) break;
    }
  }
  return end;
}
