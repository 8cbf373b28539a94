/**
 * anon_vmas: their life, as in Linux 3.19 to 5.19 (CVE-2022-42703): a new one has a `degree` of none.
 */

import { storeRelease32 } from "../arch/access";
import { thisCpu } from "../arch/cpu";
import { SLAB_ANON_VMA } from "../layout";
import { anonVmaMade, anonVmaMaking } from "../mem/shadow";
import { slabAlloc } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";

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
  anonVma.degree = 0;
  anonVma.rbRoot = 0;
  storeRelease32(anonVma.rootAt, at);
  // Last: a stale reader that takes a reference from here on finds a consistent object.
  storeRelease32(anonVma.refcountAt, 1);
  anonVmaMade(at);
  thisCpu().statAnonVmaMade++;
  return at;
}
