/** anon_vmas as in Linux 2.6.26: their life, and their lock. */

import { bugUnless } from "../arch/check";
import { thisCpu } from "../arch/cpu";
import { readOnce32 } from "../arch/access";
import { LOCK_ANON_VMA, PANIC_I4, SLAB_ANON_VMA } from "../layout";
import { mustBeAnonVma } from "../mem/shadow";
import { slabAlloc, slabFree } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { spinLock, spinUnlock } from "../sync/spinlock";

/**
 * A new anon_vma without VMAs, or 0 without memory. Nothing in it is written: the constructor ran when its memory became
 * a slab page. So "new" is not "unknown": whoever found the object's former self by RCU may hold its lock even now.
 */
export function anonVmaAlloc(): u32 {
  const at = slabAlloc(SLAB_ANON_VMA);
  if (at != 0) thisCpu().statAnonVmaMade++;
  return at;
}

/** Frees an anon_vma without VMAs, whose lock the caller does not hold. */
export function anonVmaFree(anonVma: AnonVma): void {
  slabFree(SLAB_ANON_VMA, changetype<u32>(anonVma));
}

/** Takes its lock. The caller relies on the type of the object, if not on its life. */
export function anonVmaLock(anonVma: AnonVma): void {
  mustBeAnonVma(changetype<u32>(anonVma));
  spinLock(anonVma.lockAt, LOCK_ANON_VMA);
}

/** Releases it. */
export function anonVmaUnlock(anonVma: AnonVma): void {
  mustBeAnonVma(changetype<u32>(anonVma));
  // Somebody wrote over it while it was held.
  bugUnless(readOnce32(anonVma.lockAt) != 0, PANIC_I4, changetype<u32>(anonVma));
  spinUnlock(anonVma.lockAt);
}

/** For the engine's files outside of rmap/: the same lock, there is no other. */
export function anonVmaLockWrite(anonVma: AnonVma): void {
  anonVmaLock(anonVma);
}

/** Releases it. */
export function anonVmaUnlockWrite(anonVma: AnonVma): void {
  anonVmaUnlock(anonVma);
}

/** Pins an anon_vma that is alive: it outlives its last VMA. */
export function getAnonVma(anonVma: AnonVma): void {
  anonVmaLock(anonVma);
  anonVma.externalRefs++;
  anonVmaUnlock(anonVma);
}

/** Drops a pin, and frees an anon_vma that nothing uses any more. */
export function putAnonVma(anonVma: AnonVma): void {
  anonVmaLock(anonVma);
  anonVma.externalRefs--;
  const unused = anonVma.externalRefs == 0 && anonVma.first == 0;
  anonVmaUnlock(anonVma);
  if (unused) anonVmaFree(anonVma);
}
