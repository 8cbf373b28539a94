/**
 * anon_vmas: their life. Until June 2014 Linux put the root before the child.
 *
 * __put_anon_vma() dropped the child's reference to its root, and then called anon_vma_free() for the child, which
 * takes the root's lock if it is held, so that a last walker can finish. The fix (Linux 624483f3ea82) swaps the two.
 * Only a reference that outlives the VMAs shows it. Otherwise the root has a reference of its own left.
 */

import { AnonVma } from "../obj/anon_vma";
import { refDecAndTest } from "../sync/refcount";

/** The last pin of `anonVma` is gone: drops the pin that it had on its root, and then frees it. */
export function putAnonVmaLast(anonVma: AnonVma): void {
  const root = changetype<AnonVma>(anonVma.root);
  // The old order: what is freed next looks at the root's lock.
  if (root !== anonVma && refDecAndTest(root.refcountAt)) anonVmaFree(root);
  anonVmaFree(anonVma);
}
