/**
 * Accesses of the host's program to an address space, without a record in the CPU's ring. An access that the TLB allows
 * is made at once. Others begin and end as an operation does: inside an RCU section, and with nothing left at hand.
 *
 * The value passes through Cpu.accessValue. Addresses come as f64, because a host's numbers are of that kind: the host
 * has checked that they are whole and not negative.
 */

import { CHECKED } from "../arch/check";
import { readOnce32 } from "../arch/access";
import { ctl, thisCpu } from "../arch/cpu";
import { tlbEnter, tlbLeave, tlbPeek } from "../arch/tlb";
import { trace } from "../arch/trace";
import {
  CONTENT_FULL,
  CPU_VMF,
  ESRCH,
  EVENT_TLB_HIT,
  PAGE_SIZE,
  SIGNAL_BASE,
  SIGSEGV,
  STOPPED,
  STOP_RUN,
  TASK_SIZE,
} from "../layout";
import { lruAddDrain } from "../lru/add";
import { contentAt, contentLoadPart, contentStorePart } from "../mem/content";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { Mm } from "../obj/mm";
import { STORE_PART, Vmf } from "../obj/vmf";
import { ptePage } from "../pt/pte";
import { lockNoneHeld } from "../sync/lockdep";
import { access, rightsFor, throughTlb } from "./access";
import { mmOfSlot } from "./mm";

/**
 * Loads 2^size bytes at `at` of the address space in a slot into Cpu.accessValue, or stores its low bytes there. Where
 * frames have no bytes, `size` is 3 and the word is that of the page. Returns 0, what access returns, -ESRCH (there is
 * no such address space), or STOPPED. A store that fails has stored nothing.
 */
export function accessHere(slot: u32, at: f64, size: u32, write: bool): i32 {
  const address = <u64>at;
  const space = mmOfSlot(slot);
  if (space == 0 || address >= TASK_SIZE || readOnce32(ctl().stopAt) != STOP_RUN) return refuse(space);
  const mm = changetype<Mm>(space);
  const cpu = thisCpu();
  cpu.statOps++;
  if (ctl().content != CONTENT_FULL) {
    return throughTlb(mm, address, write, write) ? 0 : accessSlow(mm, address, write, write ? 1 : 0);
  }
  if (((<u32>address) & (PAGE_SIZE - 1)) + (1 << size) > PAGE_SIZE) return across(mm, address, size, write);
  const place = peek(mm, address, write);
  if (place == 0) return miss(mm, address, size, write);
  if (write) contentStorePart(place, size, cpu.accessValue);
  else cpu.accessValue = contentLoadPart(place, size);
  tlbLeave();
  return 0;
}

/** The same for bytes of one page that the TLB does not know. */
function miss(mm: Mm, address: u64, size: u32, write: bool): i32 {
  const cpu = thisCpu();
  const inside = (<u32>address) & 7;
  if (write) {
    changetype<Vmf>(changetype<usize>(cpu) + CPU_VMF).size = size;
    return accessSlow(mm, address, true, size == 3 && inside == 0 ? 1 : STORE_PART);
  }
  if (inside + (1 << size) > 8) {
    const place = enter(mm, address, false);
    if (place < 0) return <i32>place;
    cpu.accessValue = contentLoadPart(<usize>place, size);
    tlbLeave();
    return 0;
  }
  const result = accessSlow(mm, address, false, 0);
  // The fault has loaded the aligned word.
  if (size != 3) cpu.accessValue = (cpu.accessValue >> (inside << 3)) & (((<u64>1) << (8 << size)) - 1);
  return result;
}

/** Why an access cannot even begin. */
function refuse(space: u32): i32 {
  if (readOnce32(ctl().stopAt) != STOP_RUN) return STOPPED;
  if (space == 0) return -ESRCH;
  thisCpu().statSegv++;
  return -(SIGNAL_BASE + SIGSEGV);
}

/**
 * Begins an access through the TLB to a byte of a page. Returns where the byte stands; the caller ends the access with
 * tlbLeave. 0: the TLB does not allow it. Frames have all of their bytes.
 */
@inline
function peek(mm: Mm, address: u64, write: bool): usize {
  const rights = rightsFor(write);
  const pte = tlbPeek(mm, address);
  if ((pte & rights) != rights) return 0;
  if (tlbEnter(address)) {
    trace(EVENT_TLB_HIT, changetype<u32>(ptePage(pte)));
    thisCpu().statTlbHits++;
    return contentAt(ptePage(pte)) + ((<u32>address) & (PAGE_SIZE - 1));
  }
  tlbLeave();
  return 0;
}

/** The same with a fault if it needs one. Negative: the result of an access that failed. */
function enter(mm: Mm, address: u64, write: bool): i64 {
  while (true) {
    const place = peek(mm, address, write);
    if (place != 0) return <i64>place;
    // Makes the fault. The TLB learns an entry that was there already, so the next turn ends here, or the one after it,
    // unless another CPU takes the page away meanwhile.
    const result = accessSlow(mm, address, write, 0);
    if (result != 0) return result;
  }
}

/** An access that the TLB does not allow, as an operation of its own. */
function accessSlow(mm: Mm, address: u64, write: bool, store: u32): i32 {
  const cpu = thisCpu();
  rcuEnter();
  cpu.refused = 0;
  const result = access(mm, address, write, false, store);
  if (CHECKED) lockNoneHeld();
  // Most misses only look an entry up, and have nothing to let go of.
  if ((cpu.lruBatch | cpu.lruMoves | cpu.rcuHead) != 0) letGo();
  rcuLeave();
  return result;
}

/** What the queue does after an operation, before it goes idle. */
function letGo(): void {
  lruAddDrain();
  rcuQuiescent();
  pcpDrainIfShort();
}

/**
 * An access that reaches into the next page, byte by byte. Both pages must allow it before the first byte is accessed.
 * It is not one step: if another CPU takes a page away meanwhile, a store may be made in part.
 */
function across(mm: Mm, address: u64, size: u32, write: bool): i32 {
  const value = thisCpu().accessValue;
  const last = address + (1 << size) - 1;
  let result = accessSlow(mm, address, write, 0);
  if (result == 0) result = accessSlow(mm, last, write, 0);
  let loaded: u64 = 0;
  for (let i: u64 = 0; address + i <= last && result == 0; i++) {
    const place = enter(mm, address + i, write);
    if (place < 0) return <i32>place;
    if (write) contentStorePart(<usize>place, 0, value >> (i << 3));
    else loaded |= contentLoadPart(<usize>place, 0) << (i << 3);
    tlbLeave();
  }
  // A store that fails may be made again.
  if (!write) thisCpu().accessValue = loaded;
  return result;
}

/**
 * Begins an access of the host to the bytes of one page, from `at` to the page's end. Returns where they stand, or a
 * negative result, or STOPPED. Frames have all of their bytes. The host copies, and then calls spanEnd, or
 * begins the next span: meanwhile a CPU that takes the page away waits for this one, as for any access through the TLB.
 */
export function span(slot: u32, at: f64, write: bool): f64 {
  spanEnd();
  const address = <u64>at;
  const space = mmOfSlot(slot);
  if (space == 0 || address >= TASK_SIZE || readOnce32(ctl().stopAt) != STOP_RUN) return refuse(space);
  thisCpu().statOps++;
  return <f64>enter(changetype<Mm>(space), address, write);
}

/** Ends a span, if one has begun. */
export function spanEnd(): void {
  if ((readOnce32(thisCpu().tlbBusyAt) & 1) != 0) tlbLeave();
}
