/**
 * Checks every invariant while all CPUs stand still: the address spaces first, then the conservation laws over all
 * frames.
 */

import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import {
  LEAF_SPAN,
  PAGE_SHIFT,
  PANIC_BAD_PAGE,
  PANIC_I11,
  PANIC_I14,
  PANIC_LRU,
  PANIC_MAPCOUNT,
  PANIC_REFCOUNT,
  PANIC_SWAP,
  PG_BUDDY,
  PG_LRU,
  PG_SWAPCACHE,
  PG_UNEVICTABLE,
  PIN_BIAS,
  PTRS_PER_TABLE,
  TASK_SIZE,
  VM_LOCKED,
  ZONE_FRAMES,
} from "../layout";
import { zoneOf } from "../mem/zone";
import { listOfFlags, lruvecOf, lruvecOfFlags } from "../lru/list";
import { mmOfSlot } from "../mm/mm";
import { Mm } from "../obj/mm";
import { mappingIsAnon, Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent } from "../pt/pte";
import { leafOf, nextLeaf, pteAt } from "../pt/table";
import { lockIfMapped, unlockMapped } from "../rmap/mapped";
import { rmapWalk } from "../rmap/walk";
import { SWAP_FREE } from "../obj/swap";
import { swapArea } from "../swap/area";
import { pageLock, pageUnlock } from "../sync/pagelock";
import { check } from "./made";
import { checkSpaceLocked } from "./space";

/** Returns how many checks this CPU has made so far. */
export function checksMade(): u64 {
  return thisCpu().statChecks;
}

/** Checks everything. */
export function checkEverything(): void {
  const c = ctl();
  forFrames(0);
  let swapEntries: u32 = 0;
  for (let slot: u32 = 0; slot < c.spaces; slot++) {
    const at = mmOfSlot(slot);
    if (at == 0) continue;
    const mm = changetype<Mm>(at);
    check(mm.mmapLock == 0, PANIC_I14, at, mm.mmapLock);
    checkSpaceLocked(mm, true);
    swapEntries += countMappings(mm);
  }
  checkSwap(swapEntries);
  for (let i: u32 = 0; i <= c.cpus; i++) {
    const cpu = cpuOf(i);
    for (let j: u32 = 0; j < cpu.lruBatch; j++) changetype<Page>(cpu.batchPage(j)).link++;
    for (let j: u32 = 0; j < cpu.lruMoves; j++) changetype<Page>(cpu.move(j) & ~15).link++;
  }
  forFrames(1);
  checkLists();
}

/** Counts in each frame's `spare` the entries that map it. Returns how many entries name a swap slot. */
function countMappings(mm: Mm): u32 {
  let swapped: u32 = 0;
  let address = nextLeaf(mm, 0, TASK_SIZE);
  for (; address < TASK_SIZE; address = nextLeaf(mm, address + LEAF_SPAN, TASK_SIZE)) {
    address &= ~(LEAF_SPAN - 1);
    const leaf = leafOf(mm, address);
    for (let i: u64 = 0; i < PTRS_PER_TABLE; i++) {
      const pte = pteLocked(pteAt(leaf, i << PAGE_SHIFT));
      if (ptePresent(pte) && !pteIsZero(pte)) ptePage(pte).spare++;
      if (pteIsSwap(pte)) swapped++;
    }
  }
  return swapped;
}

/** Checks that the slots' counts add up to the entries that name slots, and that the count of free slots is right. */
function checkSwap(entries: u32): void {
  const swap = swapArea();
  let named: u32 = 0;
  let free: u32 = 0;
  for (let slot: u32 = 0; slot < swap.slots; slot++) {
    const count = swap.count(slot);
    if ((count & SWAP_FREE) != 0) free++;
    else named += count;
  }
  check(named == entries, PANIC_SWAP, named, entries);
  check(free == swap.free, PANIC_SWAP, free, swap.free, 1);
}

/**
 * Visitor. Takes each mapping that a walk finds off the frame's `spare`. Counts in Cpu.referenced those that lock the
 * page in memory.
 */
@unmanaged
class Count {
  one(page: Page, vma: Vma, address: u64, arg: u32): bool {
    const leaf = lockIfMapped(page, vma, address);
    if (leaf != 0) {
      unlockMapped(leaf);
      page.spare--;
      if ((vma.flags & VM_LOCKED) != 0) thisCpu().referenced++;
    }
    return true;
  }
}

/** Phase 0 clears the scratch counts. Phase 1 compares them with what the frames say. */
function forFrames(phase: u32): void {
  const zone = zoneOf(ZONE_FRAMES);
  const cpu = thisCpu();
  const walks = cpu.statWalks;
  const visited = cpu.statWalkVisited;
  for (let i: u32 = 0; i < zone.count; i++) {
    const page = changetype<Page>(zone.base + i * offsetof<Page>());
    if (phase == 0) {
      page.spare = 0;
      page.link = 0;
      continue;
    }
    if ((page.flags & PG_BUDDY) != 0 || page.refcount == 0) {
      check(page.spare == 0, PANIC_BAD_PAGE, changetype<u32>(page), page.flags);
      continue;
    }
    check(page.mapcount == page.spare, PANIC_MAPCOUNT, changetype<u32>(page), page.mapcount, page.spare);
    const cached: u32 = page.mapping != 0 && !mappingIsAnon(page.mapping) ? 1 : 0;
    const swapped: u32 = (page.flags & PG_SWAPCACHE) != 0 ? 1 : 0;
    // The holders of pins count them, not the page tables.
    const unpinned = page.refcount & (PIN_BIAS - 1);
    const known = page.mapcount + cached + swapped + page.link;
    check(unpinned == known, PANIC_REFCOUNT, changetype<u32>(page), page.refcount, page.mapcount, page.link);
    cpu.referenced = 0;
    if (page.mapcount != 0) {
      // I11: a walk finds each mapping exactly once.
      pageLock(page);
      rmapWalk<Count>(page, 0);
      pageUnlock(page);
      check(page.spare == 0, PANIC_I11, changetype<u32>(page), page.mapcount, page.spare);
    }
    // Nobody scans the unevictable list. Without a mapping that locks it, the page would stay there for ever.
    check((page.flags & PG_UNEVICTABLE) == 0 || cpu.referenced != 0, PANIC_LRU, changetype<u32>(page), page.flags);
  }
  cpu.statWalks = walks;
  cpu.statWalkVisited = visited;
}

/** Checks that the LRU lists are as long as their counts say, and that each page's flags name its list. */
function checkLists(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    const lruvec = lruvecOf(i);
    for (let list: u32 = 0; list < 5; list++) {
      let count: u32 = 0;
      for (let at = lruvec.head(list); at != 0; at = changetype<Page>(at).next) {
        const flags = changetype<Page>(at).flags;
        const named = (flags & PG_LRU) != 0 && listOfFlags(flags) == list && lruvecOfFlags(flags) === lruvec;
        check(named, PANIC_LRU, at, flags);
        count++;
      }
      check(count == lruvec.count(list), PANIC_LRU, i, list, count);
    }
  }
}
