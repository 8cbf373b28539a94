/**
 * Giving a VMA its anon_vma, as in Linux 3.19 to 5.19: `degree` counts the VMA, and a root's link to itself.
 */

import { rcuAssignPointer } from "../arch/access";
import { delayPoint } from "../arch/delay";
import { DELAY_ANON_VMA_SET, LOCK_TABLES } from "../layout";
import { anonVmaPublished } from "../mem/shadow";
import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Mm } from "../obj/mm";
import { Vma } from "../obj/vma";
import { spinLock, spinUnlock } from "../sync/spinlock";
import { anonVmaAlloc, anonVmaLockWrite, anonVmaUnlockWrite, avcAlloc, avcFree, putAnonVma } from "./anon_vma";
import { avcLink } from "./chain";
import { findMergeableAnonVma } from "./reusable";
import { thisCpu } from "../arch/cpu";

/**
 * Several CPUs may fault in one VMA at once: the first to take the locks wins, the others give
 * their spares back. The tree's lock is taken even for an anon_vma that was allocated this moment:
 * a reader of the object's former life may hold it and walk the tree (Linux d9d332e0874f, 2008).
 */
function anonVmaPrepareSlow(vma: Vma): bool {
  const avc = avcAlloc();
  if (avc == 0) return false;
  let fresh: u32 = 0;
  let found = findMergeableAnonVma(vma);
  if (found == 0) {
    fresh = anonVmaAlloc();
    if (fresh == 0) {
      avcFree(changetype<AnonVmaChain>(avc));
      return false;
    }
    changetype<AnonVma>(fresh).numChildren = 1; // a root counts itself
    changetype<AnonVma>(fresh).degree = 1;
    found = fresh;
  } else {
    thisCpu().statAnonVmaReused++;
  }
  const anonVma = changetype<AnonVma>(found);
  const mm = changetype<Mm>(vma.mm);
  anonVmaLockWrite(anonVma);
  spinLock(mm.tablesLockAt, LOCK_TABLES);
  const won = vma.anonVma == 0;
  if (won) {
    anonVmaPublished(found);
    rcuAssignPointer(vma.anonVmaAt, found);
    delayPoint(DELAY_ANON_VMA_SET);
    avcLink(vma, changetype<AnonVmaChain>(avc), anonVma);
    anonVma.numActiveVmas++;
    anonVma.degree++;
  }
  spinUnlock(mm.tablesLockAt);
  anonVmaUnlockWrite(anonVma);
  if (!won) {
    if (fresh != 0) putAnonVma(changetype<AnonVma>(fresh));
    avcFree(changetype<AnonVmaChain>(avc));
  }
  return true;
}
