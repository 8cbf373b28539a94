/**
 * Per-CPU page lists: a CPU takes and gives back single pages without a lock. It fetches pages from the zone, and
 * returns them, a batch at a time.
 */

import { storeRelease32, readOnce32 } from "../arch/access";
import { wakeAll } from "../arch/wait";
import { thisCpu, cpuOf, ctl } from "../arch/cpu";
import { failAllocation } from "../arch/inject";
import { LOCK_ZONE, PCP_BATCH, PCP_BATCH_ORDER, PCP_HIGH, REFUSED_FRAME, REFUSED_TABLE, ZONE_FRAMES } from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { Zone } from "../obj/zone";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { batchEndingAt, buddyAllocLocked, buddyFreeLocked, zoneOf } from "./zone";

@inline
function headAt(cpu: Cpu, zone: u32): usize {
  return changetype<usize>(cpu) + offsetof<Cpu>("pcpHead0") + (zone << 3);
}

/** One page of a zone, or 0. All its fields but `flags` are undefined. */
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
  if (count > zoneOf(zone).pcpHigh) drain(cpu, zone, (zoneOf(zone).pcpHigh * 3) / 4);
}

/** Fetches a batch from the zone. Returns the list's head afterwards; 0: the zone is empty. */
function refill(cpu: Cpu, number: u32): u32 {
  const zone = zoneOf(number);
  const head = headAt(cpu, number);
  spinLock(zone.lockAt, LOCK_ZONE);
  let count: u32 = 0;
  // The pages are neighbours if possible: then no other CPU's pages share their cache lines.
  const block = zone.pcpBatch == PCP_BATCH ? buddyAllocLocked(zone, PCP_BATCH_ORDER) : 0;
  let last: u32 = 0;
  while (count < zone.pcpBatch) {
    const page = block != 0 ? block + count * zone.stride : buddyAllocLocked(zone, 0);
    if (page == 0) break;
    changetype<Page>(page).next = 0;
    if (last == 0) store<u32>(head, page);
    else changetype<Page>(last).next = page;
    last = page;
    count++;
  }
  if (zone.free < zone.least) zone.least = zone.free;
  const short = zone.free < zone.low;
  spinUnlock(zone.lockAt);
  if (short && number == ZONE_FRAMES) wakeKswapd();
  // The arena's allocator notes what the page was for.
  if (count == 0) cpu.refused = number == ZONE_FRAMES ? REFUSED_FRAME : REFUSED_TABLE;
  store<u32>(head, count, 4);
  return load<u32>(head);
}

/** Returns pages to the zone until `keep` are left. */
function drain(cpu: Cpu, number: u32, keep: u32): void {
  const zone = zoneOf(number);
  const head = headAt(cpu, number);
  let count = load<u32>(head, 4);
  if (count <= keep) return;
  spinLock(zone.lockAt, LOCK_ZONE);
  while (count > keep) {
    const page = changetype<Page>(load<u32>(head));
    // Neighbours that were given back one after the other return as one block, which costs one page's joining.
    const block = count - keep >= PCP_BATCH ? batchEndingAt(zone, page) : 0;
    if (block != 0) {
      store<u32>(head, changetype<Page>(block).next);
      buddyFreeLocked(zone, changetype<Page>(block), PCP_BATCH_ORDER);
      count -= PCP_BATCH;
    } else {
      store<u32>(head, page.next);
      buddyFreeLocked(zone, page, 0);
      count--;
    }
  }
  spinUnlock(zone.lockAt);
  store<u32>(head, count, 4);
}

/**
 * Wakes kswapd, if one runs, because free frames run low. Pairs with the sleepOn of kswapd in reclaim/kswapd.ts: it
 * clears the word before it looks at the zone, and does not sleep while the word is 1.
 */
function wakeKswapd(): void {
  storeRelease32(ctl().kswapdWakeAt, 1);
  wakeAll(ctl().kswapdWakeAt);
}

/**
 * Sets how many pages a CPU keeps. From a small zone it keeps few, so that they do not lie idle at one CPU while
 * another lacks them. Boot only.
 */
export function pcpInit(zone: Zone, cpus: u32): void {
  zone.pcpHigh = max(1, min(PCP_HIGH, zone.count / (8 * cpus)));
  zone.pcpBatch = min(PCP_BATCH, max(1, zone.pcpHigh / 2));
  zone.low = zone.count / 64 + 4;
  zone.high = zone.low * 2;
}

/** Whether this CPU would get no frame now. */
export function framesAreShort(): bool {
  // RACE: the count is only a guess whether looking for frames to free is worth it.
  return thisCpu().pcpCount0 == 0 && readOnce32(zoneOf(ZONE_FRAMES).freeAt) == 0;
}

/** Gives this CPU's pages back to a zone that is nearly empty. */
export function pcpDrainIfShort(): void {
  const cpu = thisCpu();
  for (let number: u32 = ZONE_FRAMES; number < 2; number++) {
    const zone = zoneOf(number);
    // RACE: the count is only a guess whether giving pages back is worth it.
    if (readOnce32(zone.freeAt) < zone.pcpHigh * ctl().cpus) drain(cpu, number, 0);
  }
}

/** Empties the page lists of every CPU. All of them must stand still. */
export function pcpDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    for (let zone: u32 = ZONE_FRAMES; zone < 2; zone++) drain(cpuOf(i), zone, 0);
  }
}
