/**
 * Missing pages, as Linux's userfaultfd has them: in a mapping with VM_UFFD_MISSING an absent page is not made by the
 * fault. Someone supplies it, the host or another CPU, and the access waits for that.
 *
 * The wait holds nothing. The fault drops its locks and returns. The operation ends with -EMISSING, as one that was
 * refused memory, and leaves its RCU section. After the wait it is made again, from its address space on: that, too,
 * may be another one by then.
 */

import { loadAcquire32, readOnce32, readOnce64, storeRelease32, writeOnce32 } from "../arch/access";
import { CHECKED } from "../arch/check";
import { ctl, thisCpu } from "../arch/cpu";
import { delayPoint } from "../arch/delay";
import { atomicAdd32 } from "../arch/rmw";
import { waitTurn, wakeAll } from "../arch/wait";
import {
  CPU_VMF,
  DELAY_PAGE_MISSED,
  EEXIST,
  EMISSING,
  ENOENT,
  ENOMEM,
  FAULT_DONE,
  FAULT_MISSING,
  FAULT_RETRY,
  LOCK_PTE,
  STOP_RUN,
  VM_UFFD_MISSING,
} from "../layout";
import { lruAddDrain } from "../lru/add";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave } from "../mem/rcu";
import { Cpu } from "../obj/cpu";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { Vmf } from "../obj/vmf";
import { pteLocked, pteNone } from "../pt/pte";
import { leafAlloc, pteAt, ptlOf } from "../pt/table";
import { mayRetry, RETRIES, wasRefused } from "../reclaim/again";
import { anonVmaPrepare } from "../rmap/prepare";
import { lockNoneHeld } from "../sync/lockdep";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { doAnonymousPage } from "./fault_anon";

/**
 * The fault of an access to an absent page that someone else supplies. FAULT_MISSING: the access has to wait.
 * FAULT_RETRY: the page has just come. The VMA's lock or the mmap lock is held for reading.
 */
export function stillMissing(vmf: Vmf): i32 {
  const cpu = thisCpu();
  // Acquire, and before the entry is looked at again: who supplies the page sets the entry first and changes the word
  // afterwards. So either the entry is there, or the wait ends at once. Pairs with wakeWaiters in mm/missing.ts.
  cpu.seen = loadAcquire32(ctl().suppliedAt);
  delayPoint(DELAY_PAGE_MISSED);
  cpu.missing = vmf.address;
  cpu.missingSpace = changetype<Mm>(vmf.mm).slot;
  // With the table's lock: a fault that copies a page leaves its entry empty for a moment, and wakes nobody afterwards.
  spinLock(vmf.ptl, LOCK_PTE);
  const absent = pteNone(pteLocked(vmf.pte));
  spinUnlock(vmf.ptl);
  return absent ? FAULT_MISSING : FAULT_RETRY;
}

/**
 * Whether an operation that has ended with `result` is made again: after a wait for a missing page, or once there is
 * memory, RETRIES times. The CPU holds nothing. False with -EMISSING: nobody will supply the page, or this is the
 * host's CPU, which must not wait: the host itself supplies pages.
 */
export function mayRepeat(cpu: Cpu, result: i32, turn: i32): bool {
  if (result == -EMISSING) return cpu.number != ctl().cpus && waitForPage(cpu);
  return turn < RETRIES && wasRefused(cpu, result) && mayRetry(cpu);
}

/**
 * Waits until pages were supplied since this CPU looked. It holds no references in batches meanwhile, keeps no grace
 * period from ending, and has published how far it is. False: the host says that nobody supplies the page, or the
 * engine stops.
 */
function waitForPage(cpu: Cpu): bool {
  if (CHECKED) lockNoneHeld();
  lruAddDrain();
  pcpDrainIfShort();
  rcuLeave();
  // Release: all that the earlier operations stored comes before. Pairs with waitFor in queue.ts.
  storeRelease32(cpu.doneAt, cpu.index);
  // Release: the host finds the address. Pairs with the host's load of Cpu.waits (src/engine/missing.ts), and
  // with nothing in assembly/.
  storeRelease32(cpu.waitsAt, cpu.seen);
  wakeAll(cpu.doneAt); // the host may be waiting there
  const at = ctl().suppliedAt;
  for (let turn: u32 = 0; readOnce32(at) == cpu.seen && readOnce32(ctl().stopAt) == STOP_RUN; turn++) {
    waitTurn(at, cpu.seen, turn);
  }
  // The host clears the word to end the wait for good, before it changes Ctl.supplied.
  const again = readOnce32(cpu.waitsAt) != 0 && readOnce32(ctl().stopAt) == STOP_RUN;
  writeOnce32(cpu.waitsAt, 0);
  rcuEnter();
  return again;
}

/** Makes all CPUs that wait for missing pages look again. An atomic step with all orders: see stillMissing. */
export function wakeWaiters(): void {
  atomicAdd32(ctl().suppliedAt, 2);
  wakeAll(ctl().suppliedAt);
}

/**
 * Supplies the missing page at `address`, with the content that `how` says (SUPPLY_*), and wakes who waits. Returns 0,
 * -EEXIST (someone was first), -ENOENT (nobody has to supply a page there), or -ENOMEM.
 */
export function supply(mm: Mm, address: u64, how: u32, value: u64): i32 {
  let result = -ENOENT;
  mmapReadLock(mm);
  const at = findVma(mm, address);
  if (at != 0 && changetype<Vma>(at).start <= address && (changetype<Vma>(at).flags & VM_UFFD_MISSING) != 0) {
    result = supplyIn(mm, changetype<Vma>(at), address, how, value);
  }
  mmapReadUnlock(mm);
  wakeWaiters();
  return result;
}

/**
 * The same in the VMA. The mmap lock is held for reading. The fault is counted here, and not where the CPU waits. As in
 * Linux, the VMA gets its anon_vma before anybody looks whether the page is there: that decides what fork copies.
 */
function supplyIn(mm: Mm, vma: Vma, address: u64, how: u32, value: u64): i32 {
  if (!anonVmaPrepare(vma)) return -ENOMEM;
  const leaf = leafAlloc(mm, address);
  if (leaf == 0) return -ENOMEM;
  const vmf = changetype<Vmf>(changetype<usize>(thisCpu()) + CPU_VMF);
  vmf.address = address;
  vmf.mm = changetype<u32>(mm);
  vmf.vma = changetype<u32>(vma);
  vmf.vmaLocked = 0;
  vmf.write = how;
  vmf.store = how;
  vmf.counted = 0;
  vmf.pte = <u32>pteAt(leaf, address);
  vmf.ptl = <u32>ptlOf(leaf);
  thisCpu().accessValue = value;
  let result = FAULT_RETRY;
  while (result == FAULT_RETRY) {
    // RACE: this peek takes no lock. doAnonymousPage looks again under the table's lock.
    vmf.orig = readOnce64(vmf.pte);
    if (!pteNone(vmf.orig)) return -EEXIST;
    result = doAnonymousPage(vmf);
  }
  return result == FAULT_DONE ? 0 : -ENOMEM;
}
