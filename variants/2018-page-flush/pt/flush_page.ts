/**
 * A flush of one address, for the CPUs that remember an entry of it.
 *
 * The engine has no such file: its flush empties whole TLBs, and so makes up for one that was forgotten elsewhere. Real
 * flushes are for a range of addresses. They leave what a CPU remembers of the page under its address before mremap.
 * So mremap must flush that before anybody can unmap the page at its new place (Linux eb66ae030829, “mremap:
 * properly flush TLB before releasing the page”, Linus Torvalds, after Jann Horn's report, October 2018;
 * CVE-2018-18281).
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { atomicAdd32 } from "../arch/rmw";
import { CPU_TLB, PAGE_SHIFT, TLB_ENTRIES, TLB_ENTRIES_SHIFT } from "../layout";
import { Mm } from "../obj/mm";
import { TlbEntry } from "../obj/tlb";

/**
 * The entry of `address` was taken away: CPUs that remember it are noted for tryToUnmapFlush. Its table's lock is held,
 * as it is whenever a CPU fills its TLB: who does not remember the entry now never will.
 */
export function deferPageFlush(mm: Mm, address: u64): void {
  const cpu = thisCpu();
  let found = false;
  for (let number: u32 = 0; number <= ctl().cpus; number++) {
    if (!remembers(number, mm, address)) continue;
    found = true;
    if (number < 32) cpu.unmapped0 |= 1 << number;
    else cpu.unmapped1 |= 1 << (number - 32);
  }
  if (found) atomicAdd32(mm.tlbPendingAt, 1);
}

function remembers(number: u32, mm: Mm, address: u64): bool {
  const cpu = cpuOf(number);
  const index = (<u32>(address >> PAGE_SHIFT)) & (TLB_ENTRIES - 1);
  const entry = changetype<usize>(cpu) + CPU_TLB + index * offsetof<TlbEntry>();
  const key = ((<u64>mm.id) << 32) | (address >> (PAGE_SHIFT + TLB_ENTRIES_SHIFT));
  const current = readOnce32(entry + offsetof<TlbEntry>("epoch")) == readOnce32(cpu.tlbEpochAt);
  return current && readOnce64(entry + offsetof<TlbEntry>("key")) == key;
}
