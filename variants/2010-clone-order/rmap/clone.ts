/**
 * Linking a VMA to every anon_vma of another, in the wrong order: before "anon_vma: clone the anon_vma chain in the
 * right order" (Linux, 12 April 2010). [The form before the fix is inferred from the fix.]
 *
 * Each link goes to the head of the list, so the copy must begin at the source's end. From its head, the copy comes out
 * reversed. Then its last link is not the oldest anon_vma. page_add_anon_rmap takes the last for the oldest from then
 * on, and gives a shared page to an anon_vma that not all of its sharers are linked to.
 */

import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { avcAlloc } from "./anon_vma";
import { avcLink } from "./chain";

/**
 * Links `dst` to all of `src`'s anon_vmas. False: no memory; `dst` is then linked to some of them. The root's lock is held
 * for writing.
 */
export function anonVmaCloneLocked(dst: Vma, src: Vma): bool {
  let ok = true;
  for (let at = src.avcFirst; at != 0; at = changetype<AnonVmaChain>(at).next) {
    const anonVma = changetype<AnonVma>(changetype<AnonVmaChain>(at).anonVma);
    const avc = avcAlloc();
    if (avc == 0) {
      ok = false;
      break;
    }
    avcLink(dst, changetype<AnonVmaChain>(avc), anonVma);
  }
  // An old anon_vma was not used again in 2010: each fork made a new one.
  if (!ok) dst.anonVma = 0;
  else if (dst.anonVma != 0) changetype<AnonVma>(dst.anonVma).numActiveVmas++;
  return ok;
}
