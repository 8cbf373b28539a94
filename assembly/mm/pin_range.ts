/**
 * Pins of ranges, which scripts find again by address space and address: a script cannot carry a struct page from one
 * operation to another. A page may be pinned several times. A pin stays when its address space ends.
 */

import { ctl, thisCpu } from "../arch/cpu";
import { EINVAL, ENOMEM, LOCK_PINS, PAGE_SIZE, PIN_SLOTS } from "../layout";
import { Mm } from "../obj/mm";
import { PinSlot } from "../obj/pin_slot";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { pin, unpin } from "./pin";

@inline
function slotAt(index: u32): PinSlot {
  return changetype<PinSlot>(ctl().pinBase + index * <u32>offsetof<PinSlot>());
}

/**
 * Pins `pages` pages from `address` on, all or none, for writing or only for reading. The number goes to
 * Cpu.accessValue. Returns 0, -EINVAL, what pin returns, or -ENOMEM when PIN_SLOTS pins are held already.
 */
export function pinRange(mm: Mm, space: u32, address: u64, pages: u64, write: bool): i32 {
  if ((address & (PAGE_SIZE - 1)) != 0 || pages > PIN_SLOTS) return pages > PIN_SLOTS ? -ENOMEM : -EINVAL;
  for (let done: u64 = 0; done < pages; done++) {
    const at = address + done * PAGE_SIZE;
    let result = pin(mm, at, write);
    if (result == 0 && !note(<u32>thisCpu().accessValue, space, at)) {
      unpin(<u32>thisCpu().accessValue);
      result = -ENOMEM;
    }
    if (result != 0) {
      unpinRange(space, address, done);
      return result;
    }
  }
  thisCpu().accessValue = pages;
  return 0;
}

/**
 * Drops one pin of each page of a range, the last that was taken there. The address space may have ended. Returns 0, or
 * -EINVAL if a page has none; then nothing is dropped.
 */
export function unpinRange(space: u32, address: u64, pages: u64): i32 {
  for (let i: u64 = 0; i < pages; i++) {
    if (take(space, address + i * PAGE_SIZE, false) == 0) return -EINVAL;
  }
  for (let i: u64 = 0; i < pages; i++) {
    const page = take(space, address + i * PAGE_SIZE, true);
    if (page != 0) unpin(page);
  }
  return 0;
}

/** Notes a pin. False: no slot is free. */
function note(page: u32, space: u32, address: u64): bool {
  let found = false;
  spinLock(ctl().pinLockAt, LOCK_PINS);
  for (let i: u32 = 0; i < PIN_SLOTS && !found; i++) {
    const slot = slotAt(i);
    if (slot.page != 0) continue;
    slot.page = page;
    slot.space = space;
    slot.address = address;
    slot.order = ++ctl().pinOrder;
    found = true;
  }
  spinUnlock(ctl().pinLockAt);
  return found;
}

/** The page that was pinned last at this place, or 0. With `free` its slot becomes free. */
function take(space: u32, address: u64, free: bool): u32 {
  let last: u32 = 0;
  let page: u32 = 0;
  spinLock(ctl().pinLockAt, LOCK_PINS);
  for (let i: u32 = 0; i < PIN_SLOTS; i++) {
    const slot = slotAt(i);
    if (slot.page == 0 || slot.space != space || slot.address != address) continue;
    // The counter may wrap. Pins that are held at once are never that far apart.
    if (last == 0 || <i32>(slot.order - changetype<PinSlot>(last).order) > 0) last = changetype<u32>(slot);
  }
  if (last != 0) {
    page = changetype<PinSlot>(last).page;
    if (free) changetype<PinSlot>(last).page = 0;
  }
  spinUnlock(ctl().pinLockAt);
  return page;
}
