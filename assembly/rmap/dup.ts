/** A VMA that takes over pages of another, because the two merge or their border moves: it needs the other's anon_vmas. */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/**
 * `dst` takes over the anon_vma and the whole chain of `src` (0: of nobody), if it has none. False: no memory. The mmap
 * lock is held for writing.
 */
export function dupAnonVma(dst: Vma, src: u32): bool {
  if (src == 0 || dst.anonVma != 0) return true;
  const from = changetype<Vma>(src);
  if (from.anonVma == 0) return true;
  dst.anonVma = from.anonVma;
  return anonVmaClone(dst, from); // which clears dst.anonVma again when it fails
}
