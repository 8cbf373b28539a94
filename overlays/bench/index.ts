/**
 * The engine's entry with what `rmap bench` times that no operation does alone: single steps of the fault path, the LRU
 * lists and the reverse map. All of these run while no other CPU does.
 */

import { setThisCpu } from "./arch/cpu";
import { checkEverything, checksMade } from "./check/all";
import { checkSpaceLocked } from "./check/space";
import { ksmPrune } from "./ksm/list";
import { lruDrainAll } from "./lru/add";
import { pcpDrainAll } from "./mem/pcp";
import { rcuDrainAll } from "./mem/rcu";
import { slabDrainAll } from "./mem/slab";
import { mmOfSlot } from "./mm/mm";
import { Mm } from "./obj/mm";
import * as queue from "./queue";
import { swapPruneAll } from "./swap/cache";
import { readOnce32, writeOnce32 } from "./arch/access";
import { thisCpu } from "./arch/cpu";
import { LRU_INACTIVE_ANON, PAGE_SIZE } from "./layout";
import { lruAdd, lruAddDrain } from "./lru/add";
import { lruDel, lruvecOf } from "./lru/list";
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
export { boot, bootBytes } from "./boot";

/** This instance becomes CPU `number`. */
export function cpuStart(number: u32): void {
  setThisCpu(number);
}

/** A worker CPU's life: executes its ring until the engine is stopped. Blocks, with bounded waits. */
export function cpuRun(): i32 {
  queue.runUntilStopped();
  return 0;
}

/** Executes what is in this CPU's ring. */
export function runQueue(): i32 {
  queue.runQueue();
  return 0;
}

/** Checks every invariant while all CPUs stand still: how many checks were made. A broken one is a panic. */
export function checkAll(): u32 {
  const before = checksMade();
  checkEverything();
  return <u32>(checksMade() - before);
}

/** Checks one address space: how many checks were made. Nobody may run in it. */
export function checkSpace(slot: u32): u32 {
  const mm = mmOfSlot(slot);
  if (mm == 0) return 0;
  const before = checksMade();
  checkSpaceLocked(changetype<Mm>(mm));
  return <u32>(checksMade() - before);
}

/** Takes back what the CPUs keep at hand, while all of them stand still: afterwards what is counted as used is used. */
export function reclaimIdle(): void {
  lruDrainAll();
  ksmPrune();
  swapPruneAll();
  slabDrainAll();
  rcuDrainAll();
  pcpDrainAll();
}

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
