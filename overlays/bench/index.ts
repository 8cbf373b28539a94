/**
 * The engine's entry with what `rmap bench` times that no operation does alone: single steps of the fault path, the LRU
 * lists and the reverse map. All of these run while no other CPU does.
 */

import { findMappings } from "./mm/find_mappings";
import { mmOfSlot } from "./mm/mm";
import { mprotect } from "./mm/mprotect";
import { Mm } from "./obj/mm";
import { readOnce32, writeOnce32 } from "./arch/access";
import { thisCpu } from "./arch/cpu";
import { LRU_INACTIVE_ANON, PAGE_SIZE, VM_READ, VM_WRITE } from "./layout";
import { lruAdd, lruAddDrain } from "./lru/add";
import { lruDel, lruvecOf } from "./lru/list";
import { rcuQuiescent } from "./mem/rcu";
import { Page } from "./obj/page";
import { Vma } from "./obj/vma";
import { pteLocked, ptePage } from "./pt/pte";
import { leafOf, pteAt } from "./pt/table";
import { isolatePages, putbackPages } from "./reclaim/isolate";
import { anonVmaPrepare } from "./rmap/prepare";
import { folioReferenced } from "./rmap/referenced";
import { pageLock, pageUnlock } from "./sync/pagelock";
import { refInc } from "./sync/refcount";
import { findVma } from "./vma/tree";

/** Writes the struct pages that `pages` pages from `address` on map, all present, to the words at `list`; they are on the LRU lists then. */
export function benchPages(slot: u32, address: u64, pages: u32, list: u32): void {
  const mm = changetype<Mm>(mmOfSlot(slot));
  lruAddDrain();
  for (let i: u32 = 0; i < pages; i++, address += PAGE_SIZE) {
    writeOnce32(list + (i << 2), changetype<u32>(ptePage(pteLocked(pteAt(leafOf(mm, address), address)))));
  }
}

/** Asks `times` times for the anon_vma of the VMA over `address`, which has one. */
export function benchPrepare(slot: u32, address: u64, times: u32): u32 {
  const vma = changetype<Vma>(findVma(changetype<Mm>(mmOfSlot(slot)), address));
  let ready: u32 = 0;
  for (let i: u32 = 0; i < times; i++) if (anonVmaPrepare(vma)) ready++;
  return ready;
}

/** Takes listed pages off the LRU lists, and a reference of each for `benchLruAdd` to hand on. */
export function benchTakeOff(list: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) {
    const page = changetype<Page>(readOnce32(list + (i << 2)));
    lruDel(page);
    refInc(page.refcountAt);
  }
}

/** Puts listed pages on the LRU lists, through the batch. */
export function benchLruAdd(list: u32, pages: u32): void {
  for (let i: u32 = 0; i < pages; i++) lruAdd(changetype<Page>(readOnce32(list + (i << 2))));
  lruAddDrain();
}

/** Isolates and puts back at least `pages` of this CPU's inactive anonymous pages; how many it did. */
export function benchIsolate(pages: u32): u32 {
  const cpu = thisCpu();
  const lruvec = lruvecOf(cpu.number);
  let done: u32 = 0;
  while (done < pages) {
    const taken = isolatePages(lruvec, LRU_INACTIVE_ANON);
    if (taken == 0) break;
    putbackPages(0, taken, lruvec);
    done += taken;
  }
  return done;
}

/** Finds `times` times who maps the page at `address`, as the operation does; how many mappings each time. */
export function benchWalk(slot: u32, address: u64, buffer: u32, times: u32): u32 {
  const mm = changetype<Mm>(mmOfSlot(slot));
  for (let i: u32 = 0; i < times; i++) {
    findMappings(mm, address, buffer, 0);
    rcuQuiescent();
  }
  return <u32>thisCpu().accessValue;
}

/** Makes the page at `address` read-only and writable again, `times` times, as the operation does. */
export function benchProtect(slot: u32, address: u64, times: u32): void {
  const mm = changetype<Mm>(mmOfSlot(slot));
  for (let i: u32 = 0; i < times; i++) {
    mprotect(mm, address, PAGE_SIZE, VM_READ);
    rcuQuiescent();
    mprotect(mm, address, PAGE_SIZE, VM_READ | VM_WRITE);
    rcuQuiescent();
  }
}

/** Asks of listed pages whether they were used; how many entries said so. */
export function benchReferenced(list: u32, pages: u32): u32 {
  let used: u32 = 0;
  for (let i: u32 = 0; i < pages; i++) {
    const page = changetype<Page>(readOnce32(list + (i << 2)));
    pageLock(page);
    used += folioReferenced(page);
    pageUnlock(page);
  }
  return used;
}
