/** get_user_pages: pins the page under an address, fast without a lock, or by a fault. */

import { readOnce32, readOnce64 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { tlbForgetAll, tlbHolds, tlbPeek } from "../arch/tlb";
import { EFAULT, ENOMEM, LOCK_PTE, PANIC_I5, SIGNAL_BASE, TASK_SIZE } from "../layout";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { pteIsZero, pteLocked, ptePage, ptePresent, pteStorable } from "../pt/pte";
import { leafOf, pteAt, ptlOf } from "../pt/table";
import { mayPin, pinGet, pinPut } from "../rmap/pin";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { seqRead, seqRetry } from "../sync/seqcount";
import { mmapReadLock, mmapReadUnlock } from "../vma/lock";
import { findVma } from "../vma/tree";
import { unshare } from "../ksm/break";
import { access } from "./access";

/**
 * Pins the page under `address`, for writing or only for reading. The struct page goes to Cpu.accessValue; unpin wants
 * it. Returns 0, -ENOMEM, -EMISSING, or -EFAULT: no such access is allowed there, or it is the shared zero page.
 */
export function pin(mm: Mm, address: u64, write: bool): i32 {
  if (address >= TASK_SIZE) return -EFAULT;
  while (true) {
    // This accesses the page as the process would. The entry does not say whether the mapping allows any access at all.
    const result = access(mm, address, write, false, false);
    if (result <= -SIGNAL_BASE) return -EFAULT;
    if (result != 0) return result;
    const found = pinFast(mm, address, write);
    if (found != 0) return pinned(found);
    const slow = pinSlow(mm, address, write);
    if (slow == ZERO_PAGE) return -EFAULT;
    if (slow == NO_MEMORY) return -ENOMEM;
    if (slow != 0) return pinned(slow);
    // The page went away between the access and the look. The CPU that took it may not have flushed yet. If the next
    // access used this CPU's TLB, this loop might turn for ever; the tables lead to a fault, or to a lock to wait for.
    tlbForgetAll();
  }
}

function pinned(page: u32): i32 {
  thisCpu().accessValue = page;
  return 0;
}

/** Not pages: the reasons why pinSlow found none. */
const ZERO_PAGE: u32 = 1;
const NO_MEMORY: u32 = 2;

/**
 * Pins without any lock; 0: pin the slow way. Tables and struct pages stay readable until this operation ends (RCU).
 * The sequence count tells of a fork meanwhile: seqRead and seqRetry. Pairs with mmapWriteLock in vma/lock.ts. The
 * second look at the entry comes after pinGet. Pairs with clearUnlessPinned in rmap/pin.ts. `pin` has just made an
 * access, so the TLB knows the page unless its entry has changed meanwhile.
 */
function pinFast(mm: Mm, address: u64, write: bool): u32 {
  const seq = seqRead(mm.lockSeqAt);
  if ((seq & 1) != 0) return 0;
  const leaf = leafOf(mm, address);
  if (leaf == 0) return 0;
  const at = pteAt(leaf, address);
  const pte = readOnce64(at);
  if (!ptePresent(pte) || pteIsZero(pte) || (write && !pteStorable(pte))) return 0;
  const page = ptePage(pte);
  if (!pinGet(page)) return 0;
  if (readOnce64(at) == pte) {
    const owned = readOnce32(page.mappingAt) != 0;
    const pinnable = owned && mayPin(page) && !seqRetry(mm.lockSeqAt, seq);
    const known = knows(mm, address, page);
    // I5: a page that an entry maps has an owner. A page leaves its file only after its entries are gone. Of an entry
    // that this CPU has seen without the table's lock only, the owner may come into sight later.
    bugUnless(owned || !known || readOnce64(at) != pte, PANIC_I5, changetype<u32>(page), <u32>address);
    if (pinnable && known) return changetype<u32>(page);
  }
  pinPut(page);
  return 0;
}

/**
 * Whether this CPU's TLB leads to `page`, and no flush came since. Then this CPU saw the entry under the table's lock,
 * and what the page holds is visible here. An entry that it reads without the lock does not say that.
 */
@inline
function knows(mm: Mm, address: u64, page: Page): bool {
  const pte = tlbPeek(mm, address);
  return ptePresent(pte) && ptePage(pte) === page && tlbHolds(address);
}

/**
 * Pins under the mmap lock and the table's lock. Copies a shared page first. Returns the page, ZERO_PAGE, NO_MEMORY, or
 * 0: nothing is pinned, try again.
 */
function pinSlow(mm: Mm, address: u64, write: bool): u32 {
  let found: u32 = 0;
  mmapReadLock(mm);
  const at = findVma(mm, address);
  const leaf = at != 0 && changetype<Vma>(at).start <= address ? leafOf(mm, address) : 0;
  if (leaf != 0) {
    spinLock(ptlOf(leaf), LOCK_PTE);
    const pte = pteLocked(pteAt(leaf, address));
    const usable = ptePresent(pte) && (!write || pteStorable(pte));
    const shared = usable && !pteIsZero(pte) && !mayPin(ptePage(pte));
    if (usable && pteIsZero(pte)) found = ZERO_PAGE;
    else if (usable && !shared && pinGet(ptePage(pte))) found = changetype<u32>(ptePage(pte));
    spinUnlock(ptlOf(leaf));
    // A shared page cannot be pinned, so this address space gets a copy of its own.
    if (shared && !unshare(mm, changetype<Vma>(at), address)) found = NO_MEMORY;
  }
  mmapReadUnlock(mm);
  return found;
}

/** Drops a pin. `page` is what pin gave. */
export function unpin(page: u32): i32 {
  pinPut(changetype<Page>(page));
  return 0;
}
