/**
 * Per-CPU page lists: a CPU takes and gives back single pages without a lock; the zone is asked
 * for, or handed, a batch at a time.
 */

import { thisCpu, cpuOf, ctl } from "../arch/cpu";
import { failAllocation } from "../arch/inject";
import { LOCK_ZONE, PCP_BATCH, PCP_HIGH, ZONE_FRAMES } from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { buddyAllocLocked, buddyFreeLocked, zoneOf } from "./zone";

@inline
function headAt(cpu: Cpu, zone: u32): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("pcpHead0") + (zone << 3);
}

/** One page of a zone with all fields but `flags` undefined, or 0. */
@inline
export function pcpAlloc(zone: u32): u32 {
  if (failAllocation()) return 0;
  const cpu = thisCpu();
  const head = headAt(cpu, zone);
  let page = load<u32>(head);
  if (page == 0) {
    page = refill(cpu, zone);
    if (page == 0) return 0;
  }
  store<u32>(head, changetype<Page>(page).next);
  store<u32>(head, load<u32>(head, 4) - 1, 4);
  return page;
}

/** Gives a page back. */
@inline
export function pcpFree(zone: u32, page: Page): void {
  const cpu = thisCpu();
  const head = headAt(cpu, zone);
  page.next = load<u32>(head);
  store<u32>(head, changetype<u32>(page));
  const count = load<u32>(head, 4) + 1;
  store<u32>(head, count, 4);
  if (count > PCP_HIGH) drain(cpu, zone, PCP_HIGH - PCP_BATCH);
}

/** Fetches a batch from the zone; the list's head afterwards, 0 when the zone is empty. */
function refill(cpu: Cpu, number: u32): u32 {
  const zone = zoneOf(number);
  const head = headAt(cpu, number);
  spinLock(zone.lockAt, LOCK_ZONE);
  let count: u32 = 0;
  // Pages come out in ascending order so that neighbours in time are neighbours in memory.
  let last: u32 = 0;
  while (count < PCP_BATCH) {
    const page = buddyAllocLocked(zone, 0);
    if (page == 0) break;
    changetype<Page>(page).next = 0;
    if (last == 0) store<u32>(head, page);
    else changetype<Page>(last).next = page;
    last = page;
    count++;
  }
  spinUnlock(zone.lockAt);
  store<u32>(head, count, 4);
  return load<u32>(head);
}

/** Hands pages back to the zone until `keep` are left. */
function drain(cpu: Cpu, number: u32, keep: u32): void {
  const zone = zoneOf(number);
  const head = headAt(cpu, number);
  let count = load<u32>(head, 4);
  if (count <= keep) return;
  spinLock(zone.lockAt, LOCK_ZONE);
  while (count > keep) {
    const page = changetype<Page>(load<u32>(head));
    store<u32>(head, page.next);
    buddyFreeLocked(zone, page, 0);
    count--;
  }
  spinUnlock(zone.lockAt);
  store<u32>(head, count, 4);
}

/** Empties the page lists of every CPU. Only while all of them stand still. */
export function pcpDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    for (let zone: u32 = ZONE_FRAMES; zone < 2; zone++) drain(cpuOf(i), zone, 0);
  }
}
