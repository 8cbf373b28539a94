/** The module's exports for its hosts: functions over integers only. */

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

export { boot, bootBytes } from "./boot";
export { accessHere, span, spanEnd } from "./mm/direct";

/** This instance becomes CPU `number`. */
export function cpuStart(number: u32): void {
  setThisCpu(number);
}

/** Runs a worker CPU: executes its ring until the engine stops. Blocks, with bounded waits. */
export function cpuRun(): i32 {
  queue.runUntilStopped();
  return 0;
}

/** Executes the records in this CPU's ring. */
export function runQueue(): i32 {
  queue.runQueue();
  return 0;
}

/**
 * Checks every invariant while all CPUs stand still. Returns how many checks it made. A broken invariant is a panic.
 */
export function checkAll(): u32 {
  const before = checksMade();
  checkEverything();
  return <u32>(checksMade() - before);
}

/** Checks one address space. Returns how many checks it made. No CPU may run in it. */
export function checkSpace(slot: u32): u32 {
  const mm = mmOfSlot(slot);
  if (mm == 0) return 0;
  const before = checksMade();
  checkSpaceLocked(changetype<Mm>(mm));
  return <u32>(checksMade() - before);
}

/**
 * Takes back what the CPUs keep at hand, while all of them stand still. Afterwards every frame and object that counts
 * as used is used.
 */
export function reclaimIdle(): void {
  lruDrainAll();
  ksmPrune();
  swapPruneAll();
  slabDrainAll();
  rcuDrainAll();
  pcpDrainAll();
}
