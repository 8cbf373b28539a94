/** A VMA takes over pages of another when the two merge or their border moves. It then needs the other's anon_vmas. */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/**
 * Gives `dst` the anon_vma and the whole chain of `src` (0: of nobody), unless it has an anon_vma. False: no memory.
 * The mmap lock is held for writing.
 */
export function dupAnonVma(dst: Vma, src: u32): bool {
  if (src == 0 || dst.anonVma != 0) return true;
  const from = changetype<Vma>(src);
  if (from.anonVma == 0) return true;
  dst.anonVma = from.anonVma;
  return anonVmaClone(dst, from); // on failure this sets dst.anonVma to 0 again
}
