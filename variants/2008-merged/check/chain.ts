/** Invariants of VMAs and anon_vmas in the form of 2008. The mmap lock is held for writing. */

import { PANIC_I5, PANIC_TREE, PANIC_USE_AFTER_FREE, SLAB_ANON_VMA } from "../layout";
import { slabState } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";
import { anonVmaLock, anonVmaUnlock } from "../rmap/anon_vma";
import { nextOnList } from "../rmap/chain";
import { check } from "./made";

/** I5 (chain closure): a VMA that has an anon_vma is on its list, once, and that list is whole. */
export function checkChain(vma: Vma): void {
  if (vma.anonVma == 0) {
    check(vma.avcFirst == 0 && vma.avcLast == 0, PANIC_I5, changetype<u32>(vma));
    return;
  }
  const anonVma = changetype<AnonVma>(vma.anonVma);
  check((slabState(SLAB_ANON_VMA, vma.anonVma) & 1) == 1, PANIC_USE_AFTER_FREE, vma.anonVma, changetype<u32>(vma));
  anonVmaLock(anonVma);
  let found: u32 = 0;
  let last: u32 = 0;
  for (let at = anonVma.first; at != 0; at = nextOnList(changetype<Vma>(at))) {
    check(
      changetype<Vma>(at).anonVma == vma.anonVma && changetype<Vma>(at).avcLast == last,
      PANIC_TREE,
      at,
      vma.anonVma,
      last,
    );
    if (at == changetype<u32>(vma)) found++;
    last = at;
  }
  check(found == 1, PANIC_I5, changetype<u32>(vma), vma.anonVma, found);
  check(anonVma.last == last, PANIC_TREE, changetype<u32>(vma), vma.anonVma, last);
  anonVmaUnlock(anonVma);
}

/** I6 holds by itself: who shares an anon_vma shares all there is. */
export function checkSameChain(a: Vma, b: Vma): void {}
