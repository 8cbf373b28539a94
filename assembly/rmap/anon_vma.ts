/**
 * The life of anon_vmas.
 *
 * Lock order of the whole engine, outermost first. The checked build enforces it, and a test compares this list with
 * layout.ts:
 *
 *   LOCK_KSM                            KSM's mutex
 *     LOCK_MMAP                         Mm.mmapLock
 *       LOCK_PAGE                       page lock
 *         LOCK_I_MMAP                   AddressSpace.iMmapLock
 *           LOCK_ANON_VMA               the root anon_vma's rwsem
 *             LOCK_TABLES               Mm.tablesLock
 *               LOCK_PTE                leaf table lock
 *                 LOCK_SWAP             Swap.lock
 *                   LOCK_I_PAGES        AddressSpace.iPages
 *                     LOCK_LRU          Lruvec.lock
 *                       LOCK_SLAB       SlabCache.lock
 *                         LOCK_ZONE     Zone.lock
 *                           LOCK_KSM_LIST     KsmCtl.listLock
 *                             LOCK_BLOCKS     Blocks.lock
 *                               LOCK_PINS     Ctl.pinLock
 *
 * A VMA's own lock is taken for reading with nothing held, and for writing under the mmap lock.
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
 * A new anon_vma, the root of its own tree, with one reference for the first VMA; 0 without memory.
 *
 * This does not touch its lock: a reader that found the object's former self by RCU may hold it, even now. Therefore
 * everything inside is changed only under the lock, from the first moment on.
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
  // A stale reader may read the root before or after this store; both are anon_vmas. Pairs with the readOnce32 of
  // rootAt in folioLockAnonVmaRead, in rmap/lock.ts.
  storeRelease32(anonVma.rootAt, at);
  // Last: a stale reader that takes a reference from here on finds a consistent object. Pairs with refIncNotZero in
  // folioLockAnonVmaRead and folioGetAnonVma, in rmap/lock.ts.
  storeRelease32(anonVma.refcountAt, 1);
  anonVmaMade(at);
  thisCpu().statAnonVmaMade++;
  return at;
}

/** Adds a pin. The caller has one already, or holds the root's lock with a VMA linked. */
@inline
export function getAnonVma(anonVma: AnonVma): void {
  refInc(anonVma.refcountAt);
}

/** Drops a pin. The last one frees the anon_vma. The caller holds neither the root's lock nor any lock inside it. */
export function putAnonVma(anonVma: AnonVma): void {
  if (refDecAndTest(anonVma.refcountAt)) putAnonVmaLast(anonVma);
}

/** The last pin of `anonVma` is gone. Frees it, and then drops the pin that it had on its root. */
export function putAnonVmaLast(anonVma: AnonVma): void {
  const root = changetype<AnonVma>(anonVma.root);
  // Freeing looks at the root's lock, so the root's pin goes afterwards.
  anonVmaFree(anonVma);
  if (root !== anonVma && refDecAndTest(root.refcountAt)) anonVmaFree(root);
}

/**
 * Frees an anon_vma that has no pins.
 *
 * A walker that tried the lock (rmap/lock.ts) holds no pin: after it took the lock it saw that the page is mapped. The
 * count became 0 after that mapping was gone. So if someone holds the lock now, waiting for it lets the walker finish
 * before the object is reused. Both sides are full barriers. Pairs with readTrylock in folioLockAnonVmaRead, in
 * rmap/lock.ts:
 *
 *   folioLockAnonVmaRead      putAnonVma
 *     readTrylock               refDecAndTest
 *     pageMapped                rwsemIsLocked
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

/** A new, unconnected chain link; 0 without memory. */
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

/** Releases what anonVmaLockWrite took. */
export function anonVmaUnlockWrite(anonVma: AnonVma): void {
  writeUnlock(changetype<AnonVma>(anonVma.root).rwsemAt);
}
