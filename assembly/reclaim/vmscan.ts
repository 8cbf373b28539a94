/** Finds pages to free: a few of each list first, then more, until enough are free or nothing is left. */

import { writeOnce32, readOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { DEF_PRIORITY, LRU_INACTIVE_ANON, LRU_INACTIVE_FILE, SWAP_CLUSTER } from "../layout";
import { lruAddDrain } from "../lru/add";
import { lruvecOf } from "../lru/list";
import { Lruvec } from "../obj/lruvec";
import { swapArea } from "../swap/area";
import { inactiveIsLow, shrinkActive } from "./active";
import { shrinkInactive } from "./shrink";
import { noteScan } from "./worth";

/**
 * Tries to free `wanted` pages. Returns how many it freed. The caller holds no page, and no lock but the mmap lock for
 * reading.
 */
export function tryToFreePages(wanted: u32): u32 {
  lruAddDrain();
  const cpus = ctl().cpus + 1;
  const cpu = thisCpu();
  const before = cpu.statScanned;
  writeOnce32(cpu.reclaimsAt, 1);
  let freed: u32 = 0;
  for (let priority = <i32>DEF_PRIORITY; priority >= 0 && freed < wanted; priority--) {
    for (let i: u32 = 0; i < cpus && freed < wanted; i++) {
      // This CPU's own lists come last: it will soon use their pages again.
      freed += shrinkLruvec(lruvecOf((cpu.number + 1 + i) % cpus), priority, wanted - freed);
    }
  }
  writeOnce32(cpu.reclaimsAt, 0);
  noteScan(<u32>(cpu.statScanned - before), freed);
  return freed;
}

/** Scans 1/2^priority of each list of one set. */
function shrinkLruvec(lruvec: Lruvec, priority: u32, wanted: u32): u32 {
  let freed: u32 = 0;
  // Without swap, scanning anonymous pages frees nothing. While swapoff runs they stay in memory.
  const swap = swapArea();
  // RACE: a page that is scanned all the same gets no slot, because swapAlloc looks under the lock.
  const opens = swap.slots != 0 && readOnce32(swap.closingAt) == 0;
  if (opens) freed += shrinkPair(lruvec, LRU_INACTIVE_ANON, priority, wanted);
  freed += shrinkPair(lruvec, LRU_INACTIVE_FILE, priority, wanted);
  return freed;
}

function shrinkPair(lruvec: Lruvec, inactive: u32, priority: u32, wanted: u32): u32 {
  let freed: u32 = 0;
  // RACE: the counts only measure how much to scan.
  let toScan = (readOnce32(lruvec.countAt(inactive)) + readOnce32(lruvec.countAt(inactive + 1))) >> priority;
  while (toScan != 0 && freed < wanted) {
    if (inactiveIsLow(lruvec, inactive)) shrinkActive(lruvec, inactive);
    freed += shrinkInactive(lruvec, inactive);
    toScan -= min(toScan, SWAP_CLUSTER);
  }
  return freed;
}
