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
import {
  CONTENT_FULL,
  DIRECT_STOPPED,
  ESRCH,
  PAGE_SIZE,
  SIGNAL_BASE,
  SIGSEGV,
  STOP_RUN,
  STORE_PART,
  STORE_WORD,
  TASK_SIZE,
} from "../layout";
import { lruAddDrain } from "../lru/add";
import { contentAt } from "../mem/content";
import { pcpDrainIfShort } from "../mem/pcp";
import { rcuEnter, rcuLeave, rcuQuiescent } from "../mem/rcu";
import { Mm } from "../obj/mm";
import { ptePage } from "../pt/pte";
import { lockNoneHeld } from "../sync/lockdep";
import { access, rightsFor, throughTlb } from "./access";
import { mmOfSlot } from "./mm";

/**
 * Loads 2^size bytes at `at` of the address space in a slot into Cpu.accessValue. Where frames have no bytes, `size` is
 * 3 and the word is that of the page. Returns 0, what access returns, -ESRCH (there is no such address space), or
 * DIRECT_STOPPED.
 */
export function loadDirect(slot: u32, at: f64, size: u32): i32 {
  const address = <u64>at;
  const space = mmOfSlot(slot);
  if (space == 0 || address >= TASK_SIZE || readOnce32(ctl().stopAt) != STOP_RUN) return refuse(space);
  const mm = changetype<Mm>(space);
  const cpu = thisCpu();
  cpu.statOps++;
  const inside = (<u32>address) & 7;
  if (inside + (1 << size) > 8 && ctl().content == CONTENT_FULL) return loadAcross(mm, address, size);
  if (!throughTlb(mm, address, false, 0)) {
    const result = accessSlow(mm, address, false, 0);
    if (result != 0) return result;
  }
  if (size != 3) cpu.accessValue = (cpu.accessValue >> (inside << 3)) & (((<u64>1) << (8 << size)) - 1);
  return 0;
}

/** Stores the low 2^size bytes of Cpu.accessValue. As loadDirect. A store that fails has stored nothing. */
export function storeDirect(slot: u32, at: f64, size: u32): i32 {
  const address = <u64>at;
  const space = mmOfSlot(slot);
  if (space == 0 || address >= TASK_SIZE || readOnce32(ctl().stopAt) != STOP_RUN) return refuse(space);
  const mm = changetype<Mm>(space);
  thisCpu().statOps++;
  let store = STORE_WORD;
  // A word at its place is stored in one step. Frames without bytes have no other place.
  if ((size != 3 || (address & 7) != 0) && ctl().content == CONTENT_FULL) {
    if (((<u32>address) & (PAGE_SIZE - 1)) + (1 << size) > PAGE_SIZE) return storeAcross(mm, address, size);
    store = STORE_PART + size;
  }
  return throughTlb(mm, address, true, store) ? 0 : accessSlow(mm, address, true, store);
}

/** Why an access cannot even begin. */
function refuse(space: u32): i32 {
  if (readOnce32(ctl().stopAt) != STOP_RUN) return DIRECT_STOPPED;
  if (space == 0) return -ESRCH;
  thisCpu().statSegv++;
  return -(SIGNAL_BASE + SIGSEGV);
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

/** One access, through the TLB if possible. */
function accessAny(mm: Mm, address: u64, write: bool, store: u32): i32 {
  if (address < TASK_SIZE && throughTlb(mm, address, write, store)) return 0;
  return accessSlow(mm, address, write, store);
}

/** A load that reaches into the next word. */
function loadAcross(mm: Mm, address: u64, size: u32): i32 {
  const cpu = thisCpu();
  const next = (address | 7) + 1;
  const first = accessAny(mm, address, false, 0);
  if (first != 0) return first;
  const low = cpu.accessValue;
  const second = accessAny(mm, next, false, 0);
  if (second != 0) return second;
  const shift = ((<u32>address) & 7) << 3;
  const both = (low >> shift) | (cpu.accessValue << (64 - shift));
  cpu.accessValue = size == 3 ? both : both & (((<u64>1) << (8 << size)) - 1);
  return 0;
}

/**
 * A store that reaches into the next page, byte by byte. Both pages must allow it before the first byte is stored. It
 * is not one step: if another CPU takes a page away meanwhile, a part is stored.
 */
function storeAcross(mm: Mm, address: u64, size: u32): i32 {
  const cpu = thisCpu();
  const value = cpu.accessValue;
  const bytes: u64 = 1 << size;
  const next = (address | (PAGE_SIZE - 1)) + 1;
  let result = accessAny(mm, address, true, 0);
  if (result == 0) result = accessAny(mm, next, true, 0);
  for (let i: u64 = 0; i < bytes && result == 0; i++) {
    cpu.accessValue = value >> (i << 3);
    result = accessAny(mm, address + i, true, STORE_PART);
  }
  return result;
}

/**
 * Begins an access of the host to the bytes of one page, from `at` to the page's end. Returns where they stand, or a
 * negative result as that of loadDirect. Frames have all of their bytes. The host copies, and then calls spanEnd, or
 * begins the next span: meanwhile a CPU that takes the page away waits for this one, as for any access through the TLB.
 */
export function spanBegin(slot: u32, at: f64, write: bool): f64 {
  spanEnd();
  const address = <u64>at;
  const space = mmOfSlot(slot);
  if (space == 0 || address >= TASK_SIZE || readOnce32(ctl().stopAt) != STOP_RUN) return refuseSpan(space);
  const mm = changetype<Mm>(space);
  const cpu = thisCpu();
  cpu.statOps++;
  const rights = rightsFor(write);
  while (true) {
    const pte = tlbPeek(mm, address);
    if ((pte & rights) == rights) {
      if (tlbEnter(address)) {
        cpu.statTlbHits++;
        return <f64>(<u32>contentAt(ptePage(pte)) + ((<u32>address) & (PAGE_SIZE - 1)));
      }
      tlbLeave();
    }
    const result = accessSlow(mm, address, write, 0);
    if (result != 0) return result;
  }
}

function refuseSpan(space: u32): f64 {
  const result = refuse(space);
  // A place in the memory is never so low.
  return result == DIRECT_STOPPED ? DIRECT_STOPPED : result;
}

/** Ends a span, if one has begun. */
export function spanEnd(): void {
  if ((readOnce32(thisCpu().tlbBusyAt) & 1) != 0) tlbLeave();
}
