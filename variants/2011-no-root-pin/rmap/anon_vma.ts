/**
 * anon_vmas: their life. Mutant of 2011: a child does not pin its root.
 *
 * The engine drops the child's pin of its root when the child is freed; here the child never had one (fork.ts). While
 * only VMAs keep anon_vmas alive the root is the last to go anyway. But whoever moves a page pins its anon_vma beyond
 * the last VMA, and locks it by its root, which is gone by then.
 *
 * Hugh Dickins and Peter Zijlstra, “mm, rmap: Add yet more comments to page_get_anon_vma/page_lock_anon_vma”,
 * linux-mm, 28 and 29 May 2011; the pin is of Linux 76545066c852, Rik van Riel, August 2010.
 */

import { storeRelease32 } from "../arch/access";
import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { LOCK_ANON_VMA, PANIC_REFCOUNT, SLAB_ANON_VMA, SLAB_AVC } from "../layout";
import { anonVmaMade, anonVmaMaking, mustBeLive } from "../mem/shadow";
import { slabAlloc, slabFree } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { refDecAndTest, refInc } from "../sync/refcount";
import { rwsemIsLocked, writeLock, writeUnlock } from "../sync/rwsem";

/**
 * A new anon_vma, root of its own tree, with one reference for the first VMA; 0 without memory.
 *
 * Its lock is not touched: a reader that found the object's former self by RCU may hold it, even
 * now. Hence everything inside is changed under the lock only, from the first moment on.
 */
export function anonVmaAlloc(): u32 {
  const at = slabAlloc(SLAB_ANON_VMA);
  if (at == 0) return 0;
  anonVmaMaking(at);
  const anonVma = changetype<AnonVma>(at);
  anonVma.parent = at;
  anonVma.numChildren = 0;
  anonVma.numActiveVmas = 0;
  anonVma.rbRoot = 0;
  storeRelease32(anonVma.rootAt, at);
  // Last: a stale reader that takes a reference from here on finds a consistent object.
  storeRelease32(anonVma.refcountAt, 1);
  anonVmaMade(at);
  thisCpu().statAnonVmaMade++;
  return at;
}

/** One more pin, for who has one or holds the root's lock with a VMA linked. */
@inline
export function getAnonVma(anonVma: AnonVma): void {
  refInc(anonVma.refcountAt);
}

/** Drops a pin; the last one frees the anon_vma. No lock inside the root's may be held, nor the root's itself. */
export function putAnonVma(anonVma: AnonVma): void {
  if (refDecAndTest(anonVma.refcountAt)) putAnonVmaLast(anonVma);
}

/** The last pin of `anonVma` is gone: frees it. The mutant: it had no pin on its root. */
export function putAnonVmaLast(anonVma: AnonVma): void {
  anonVmaFree(anonVma);
}

/**
 * Frees an anon_vma that has no pins.
 *
 * A walker that took the lock with a try (rmap/lock.ts) holds no pin: it saw a mapped page after
 * it took the lock. The count became 0 after that mapping was gone, so if the lock is held now,
 * waiting for it lets the walker finish before the object is reused.
 */
function anonVmaFree(anonVma: AnonVma): void {
  bugUnless(anonVma.refcount == 0, PANIC_REFCOUNT, changetype<u32>(anonVma), anonVma.refcount);
  const root = changetype<AnonVma>(anonVma.root);
  mustBeLive(changetype<u32>(root));
  if (rwsemIsLocked(root.rwsemAt)) {
    writeLock(root.rwsemAt, LOCK_ANON_VMA);
    writeUnlock(root.rwsemAt);
  }
  slabFree(SLAB_ANON_VMA, changetype<u32>(anonVma));
}

/** A new chain link, unconnected; 0 without memory. */
export function avcAlloc(): u32 {
  const at = slabAlloc(SLAB_AVC);
  if (at != 0) thisCpu().statChainMade++;
  return at;
}

/** Frees a link that is in no list and no tree. */
export function avcFree(avc: AnonVmaChain): void {
  slabFree(SLAB_AVC, changetype<u32>(avc));
}

/** Takes the lock of an anon_vma's tree for changing it. */
export function anonVmaLockWrite(anonVma: AnonVma): void {
  writeLock(changetype<AnonVma>(anonVma.root).rwsemAt, LOCK_ANON_VMA);
}

/** Releases it. */
export function anonVmaUnlockWrite(anonVma: AnonVma): void {
  writeUnlock(changetype<AnonVma>(anonVma.root).rwsemAt);
}
