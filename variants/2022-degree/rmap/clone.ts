/**
 * Linking a VMA to every anon_vma of another, with the reuse rule of Linux 3.19 to 5.19 (CVE-2022-42703).
 *
 * "Reuse existing anon_vma if its degree lower than two, that means it has no vma and only one anon_vma child"
 * (7a3ef208e662). Jann Horn, 2555283eb40d: "this assumption is wrong because the ->degree optimization leads to leaf
 * nodes being abandoned on anon_vma_clone() - an existing anon_vma is reused and no new parent-child relationship is
 * created. So it is possible to reuse an anon_vma for one VMA while it is still tied to another VMA." Then
 * the engine takes two VMAs with one anon_vma to have the same chain, and merges them.
 */

import { AnonVma } from "../obj/anon_vma";
import { AnonVmaChain } from "../obj/avc";
import { Vma } from "../obj/vma";
import { avcAlloc } from "./anon_vma";
import { avcLink } from "./chain";

/**
 * Links `dst` to all of `src`'s anon_vmas, oldest first, so that `dst`'s list gets `src`'s order.
 * False: no memory; `dst` is then linked to some of them. The root's lock is held for writing.
 *
 * With `dst.anonVma` 0 and `src.anonVma` set (fork) an old anon_vma may become `dst`'s own: one
 * that is not the parent's and has a degree below two.
 */
export function anonVmaCloneLocked(dst: Vma, src: Vma): bool {
  let ok = true;
  for (let at = src.avcLast; at != 0; at = changetype<AnonVmaChain>(at).prev) {
    const anonVma = changetype<AnonVma>(changetype<AnonVmaChain>(at).anonVma);
    const avc = avcAlloc();
    if (avc == 0) {
      ok = false;
      break;
    }
    avcLink(dst, changetype<AnonVmaChain>(avc), anonVma);
    if (dst.anonVma == 0 && src.anonVma != 0 && changetype<u32>(anonVma) != src.anonVma && anonVma.degree < 2) {
      dst.anonVma = changetype<u32>(anonVma);
    }
  }
  // It is counted now, or not its own: unlinking must not count out what was not counted in.
  if (!ok) dst.anonVma = 0;
  else if (dst.anonVma != 0) {
    changetype<AnonVma>(dst.anonVma).numActiveVmas++;
    changetype<AnonVma>(dst.anonVma).degree++;
  }
  return ok;
}
