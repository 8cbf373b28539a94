/**
 * Checks the invariants of one address space: its VMAs, their chains and its page tables. No CPU may run in it
 * meanwhile.
 */

import { loadAcquire32, readOnce32, readOnce64 } from "../arch/access";
import {
  LEAF_SPAN,
  LOCK_PTE,
  MAPPING_ANON,
  MAPPING_KSM,
  PAGE_SHIFT,
  PAGE_SIZE,
  PANIC_BAD_PTE,
  PANIC_BAD_VMA,
  PANIC_I11,
  PANIC_I13,
  PANIC_I5,
  PANIC_I9,
  PANIC_MAPCOUNT,
  PANIC_TREE,
  PANIC_USE_AFTER_FREE,
  PG_BUDDY,
  PTE_DROPPED,
  PTRS_PER_TABLE,
  SLAB_ANON_VMA,
  SLAB_KSM_NODE,
  TASK_SIZE,
} from "../layout";
import { rbFirst, rbNext } from "../lib/rbtree";
import { zeroPage } from "../mem/frame";
import { slabState } from "../mem/slab";
import { KsmNode } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { mappingIsAnon, mappingIsKsm } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsMigration, pteIsSwap, pteIsZero, pteLocked, ptePage, ptePresent, pteSlot, pteWritable } from "../pt/pte";
import { leafEnd, leafOf, nextLeaf, pteAt, ptlOf } from "../pt/table";
import { isLinked } from "../rmap/chain";
import { isExclusive, linearPageIndex } from "../rmap/map_page";
import { SWAP_FREE } from "../obj/swap";
import { swapArea } from "../swap/area";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapWriteLock, mmapWriteUnlock } from "../vma/lock";
import { checkChain, checkSameChain } from "./chain";
import { check } from "./made";

/** Checks everything about `mm`. Takes its mmap lock for writing. With `still`, no CPU may reclaim pages meanwhile. */
export function checkSpaceLocked(mm: Mm, still: bool = false): void {
  mmapWriteLock(mm);
  let count: u32 = 0;
  let below: u64 = 0;
  let entries: u64 = 0;
  let node = rbFirst(mm.rootAt);
  for (let at = mm.first; at != 0; at = changetype<Vma>(at).next) {
    const vma = changetype<Vma>(at);
    // The list and the tree hold the same VMAs in the same order, and no two overlap.
    check(node == <u32>vma.rbAt, PANIC_TREE, at, node);
    node = rbNext(node);
    check(vma.start < vma.end && vma.start >= below && vma.end <= TASK_SIZE, PANIC_BAD_VMA, at);
    const refcnt = readOnce32(vma.refcntAt);
    check(vma.mm == changetype<u32>(mm) && refcnt != 0, PANIC_BAD_VMA, at, refcnt);
    check(vma.gap == vma.start - below, PANIC_TREE, at);
    checkChain(vma);
    if (vma.next != 0) checkSameChain(vma, changetype<Vma>(vma.next));
    entries += checkEntries(mm, vma, still);
    below = vma.end;
    count++;
  }
  check(node == 0 && count == mm.mapCount, PANIC_TREE, changetype<u32>(mm), count, mm.mapCount);
  // Every entry belongs to a VMA. Reclaim may have removed some since they were counted.
  const all = countEntries(mm, 0, TASK_SIZE);
  check(still ? all == entries : all <= entries, PANIC_BAD_PTE, changetype<u32>(mm), <u32>entries, <u32>all);
  mmapWriteUnlock(mm);
}

/** Checks each entry of a VMA. Returns how many entries are not none. */
function checkEntries(mm: Mm, vma: Vma, still: bool): u64 {
  let entries: u64 = 0;
  for (let address = nextLeaf(mm, vma.start, vma.end); address < vma.end;) {
    const leaf = leafOf(mm, address);
    const stop = min(leafEnd(address), vma.end);
    spinLock(ptlOf(leaf), LOCK_PTE);
    for (; address < stop; address += PAGE_SIZE) {
      const pte = pteLocked(pteAt(leaf, address));
      if (pte == 0) continue;
      entries++;
      if (ptePresent(pte)) checkEntry(vma, address, pte);
      else if (pteIsMigration(pte)) check(!still, PANIC_I11, changetype<u32>(ptePage(pte)), changetype<u32>(vma));
      else if (pte != PTE_DROPPED)
        check(pteIsSwap(pte) && slotIsInUse(pteSlot(pte)), PANIC_BAD_PTE, <u32>pte, pteSlot(pte));
    }
    spinUnlock(ptlOf(leaf));
    address = nextLeaf(mm, stop, vma.end);
  }
  return entries;
}

/** Whether the swap area has the slot, and something uses it. */
@inline
function slotIsInUse(slot: u32): bool {
  return slot < swapArea().slots && (readOnce32(swapArea().countAt(slot)) & SWAP_FREE) == 0;
}

function checkEntry(vma: Vma, address: u64, pte: u64): void {
  const page = ptePage(pte);
  const at = changetype<u32>(page);
  if (pteIsZero(pte)) {
    check(at == zeroPage() && !pteWritable(pte), PANIC_BAD_PTE, at, changetype<u32>(vma));
    return;
  }
  const inUse = (readOnce32(page.flagsAt) & PG_BUDDY) == 0 && readOnce32(page.refcountAt) != 0;
  check(inUse, PANIC_USE_AFTER_FREE, at, changetype<u32>(vma));
  check(readOnce32(page.mapcountAt) != 0, PANIC_MAPCOUNT, at, changetype<u32>(vma));
  // Acquire: the table's lock does not order what the owner holds. Pairs with becomeMerged in ksm/node.ts.
  const mapping = loadAcquire32(page.mappingAt);
  if (!mappingIsAnon(mapping)) {
    // I9: a file's page is mapped by a VMA of that file, at its own offset.
    const belongs = mapping == vma.file && page.index == linearPageIndex(vma, address);
    check(belongs, PANIC_I9, at, mapping, changetype<u32>(vma));
    return;
  }
  if (mappingIsKsm(mapping)) {
    // A merged page names a live node, the node names the page, and no entry can write to it.
    const node = mapping - MAPPING_KSM;
    const isLive = (slabState(SLAB_KSM_NODE, node) & 1) == 1 && changetype<KsmNode>(node).page == at;
    check(isLive, PANIC_I5, at, mapping, changetype<u32>(vma));
    check(!pteWritable(pte), PANIC_I13, at, changetype<u32>(vma));
    return;
  }
  // I5: the page names a live anon_vma, and the VMA is in its tree at the page's offset.
  const anonVma = mapping - MAPPING_ANON;
  check((slabState(SLAB_ANON_VMA, anonVma) & 1) == 1, PANIC_I5, at, anonVma, changetype<u32>(vma));
  const found = page.index == linearPageIndex(vma, address) && isLinked(vma, anonVma);
  check(found, PANIC_I5, at, anonVma, changetype<u32>(vma));
  // I13: an address space that may write to the page has it alone.
  check(!pteWritable(pte) || isExclusive(page), PANIC_I13, at, changetype<u32>(vma));
}

/** Returns how many entries in [start, end) are not none. */
function countEntries(mm: Mm, start: u64, end: u64): u64 {
  let entries: u64 = 0;
  for (let address = nextLeaf(mm, start, end); address < end; address = nextLeaf(mm, address + LEAF_SPAN, end)) {
    const leaf = leafOf(mm, address);
    address &= ~(LEAF_SPAN - 1);
    for (let i: u64 = 0; i < PTRS_PER_TABLE; i++) {
      // RACE: reclaim and moving change entries under the table's lock, which is not held here.
      if (readOnce64(pteAt(leaf, i << PAGE_SHIFT)) != 0) entries++;
    }
  }
  return entries;
}
