/**
 * The locks of an address space: the mmap lock over all its mappings, and in each VMA a lock that a fault takes alone.
 * Follows Linux 6.15's per-VMA locks.
 *
 *   refcnt   0 detached | 1 + readers | + VMA_LOCK_OFFSET while a writer waits for readers to leave
 *   lockSeq == Mm.lockSeq (odd): write-locked until the mmap write lock is released
 */

import { readOnce32, writeOnce32, loadAcquire32, storeRelease32 } from "../arch/access";
import { atomicAdd32, atomicSub32, cmpxchg32, xchg32 } from "../arch/rmw";
import { waitTurn } from "../arch/wait";
import { delayPoint } from "../arch/delay";
import { DELAY_VMA_FOUND, LOCK_MMAP, VMA_LOCK_OFFSET } from "../layout";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { readLock, readTrylock, readUnlock, writeLock, writeLockNested, writeUnlock } from "../sync/rwsem";
import { refDecAndWake, refIncBelow } from "../sync/refcount";
import { seqWriteBegin, seqWriteEnd } from "../sync/seqcount";
import { findVmaLockless } from "./tree";

/**
 * Takes the mmap lock for changing mappings. The count becomes odd with a full barrier. Pairs with pinFast in
 * mm/pin.ts.
 */
export function mmapWriteLock(mm: Mm): void {
  writeLock(mm.mmapLockAt, LOCK_MMAP);
  seqWriteBegin(mm.lockSeqAt);
}

/**
 * As mmapWriteLock for a child that nobody else knows yet, while the parent's lock is held. Pairs with pinFast in
 * mm/pin.ts.
 */
export function mmapWriteLockNested(mm: Mm): void {
  writeLockNested(mm.mmapLockAt, LOCK_MMAP);
  seqWriteBegin(mm.lockSeqAt);
}

/**
 * Releases the mmap lock, and with it every VMA lock that was taken for writing. Release: all changes come before the
 * even count. Pairs with vmaTryRead in vma/lock.ts.
 */
export function mmapWriteUnlock(mm: Mm): void {
  seqWriteEnd(mm.lockSeqAt);
  writeUnlock(mm.mmapLockAt);
}

/** Takes the mmap lock for reading mappings. */
export function mmapReadLock(mm: Mm): void {
  readLock(mm.mmapLockAt, LOCK_MMAP);
}

/** As mmapReadLock, but only if that needs no waiting. It may be tried while a VMA lock is held. */
export function mmapReadTrylock(mm: Mm): bool {
  return readTrylock(mm.mmapLockAt, LOCK_MMAP);
}

/** Releases a reader's hold of the mmap lock. */
export function mmapReadUnlock(mm: Mm): void {
  readUnlock(mm.mmapLockAt);
}

/** The VMA over `address` with its lock taken for reading; 0: take the mmap lock instead. */
export function lockVmaUnderRcu(mm: Mm, address: u64): u32 {
  const found = findVmaLockless(mm, address);
  if (found == 0) return 0;
  delayPoint(DELAY_VMA_FOUND);
  const vma = changetype<Vma>(found);
  if (!vmaTryRead(mm, vma)) return 0;
  // Since the lookup, the object may have been reused for another range.
  if (readOnce32(vma.mmAt) != changetype<u32>(mm) || address < vma.start || address >= vma.end) {
    vmaEndRead(vma);
    return 0;
  }
  return found;
}

/**
 * Takes a VMA's lock for reading. False: a writer holds it or waits. Counting in is a full barrier. Pairs with
 * vmaStartWrite and vmaMarkAttached in vma/lock.ts.
 */
function vmaTryRead(mm: Mm, vma: Vma): bool {
  const seq = mm.lockSeqAt;
  if (readOnce32(vma.lockSeqAt) == readOnce32(seq)) return false;
  if (!refIncBelow(vma.refcntAt, VMA_LOCK_OFFSET)) return false;
  // Now the result of the comparison lasts: a writer that comes later waits for this reader. Acquire: who sees the next
  // count sees all that the last writer changed. Pairs with mmapWriteUnlock in vma/lock.ts.
  if (readOnce32(vma.lockSeqAt) == loadAcquire32(seq)) {
    vmaEndRead(vma);
    return false;
  }
  return true;
}

/** Releases a reader's hold of a VMA's lock. Pairs with waitForReaders in vma/lock.ts. */
@inline
export function vmaEndRead(vma: Vma): void {
  refDecAndWake(vma.refcntAt, VMA_LOCK_OFFSET);
}

/**
 * Write-locks a VMA until the mmap lock is released, and waits for the readers inside. The mmap lock is held for
 * writing.
 *
 * The sequence is exchanged before the count is read, and a reader counts itself in before it compares the sequence.
 * Both are full barriers. So if the count shows no reader, each reader that comes finds the VMA locked. If the count
 * shows one, it may be inside, or about to back out: the writer keeps new ones away and waits. Pairs with vmaTryRead in
 * vma/lock.ts.
 */
export function vmaStartWrite(vma: Vma): void {
  const seq = changetype<Mm>(vma.mm).lockSeq;
  if (vma.lockSeq == seq) return;
  const at = vma.refcntAt;
  if (readOnce32(at) == 0) {
    writeOnce32(vma.lockSeqAt, seq); // not attached yet, so nobody can be inside
    return;
  }
  xchg32(vma.lockSeqAt, seq);
  // Acquire: all that the last reader read comes before the writer's changes. Pairs with vmaEndRead in vma/lock.ts.
  if (loadAcquire32(at) == 1) return;
  atomicAdd32(at, VMA_LOCK_OFFSET);
  waitForReaders(at, VMA_LOCK_OFFSET + 1);
  atomicSub32(at, VMA_LOCK_OFFSET);
}

function waitForReaders(at: usize, alone: u32): void {
  for (let turn: u32 = 0; ; turn++) {
    // Acquire: all that the readers read comes before the writer's changes. Pairs with vmaEndRead in vma/lock.ts.
    const seen = loadAcquire32(at);
    if (seen == alone) return;
    waitTurn(at, seen, turn);
  }
}

/**
 * Lets others find and lock a VMA from now on. Release: its fields come before. Pairs with vmaTryRead in vma/lock.ts.
 */
export function vmaMarkAttached(vma: Vma): void {
  storeRelease32(vma.refcntAt, 1);
}

/**
 * Ends the locking of a write-locked VMA that is out of the tree. Waits for readers that are about to back out; mostly
 * there are none. Pairs with vmaTryRead in vma/lock.ts.
 */
export function vmaMarkDetached(vma: Vma): void {
  const at = vma.refcntAt;
  if (cmpxchg32(at, 1, 0) == 1) return;
  atomicAdd32(at, VMA_LOCK_OFFSET - 1);
  waitForReaders(at, VMA_LOCK_OFFSET);
  storeRelease32(at, 0);
}
