/** Which anon_vma a page gets that comes back from swap, where its mapping was forgotten. */

import { AnonVma } from "../obj/anon_vma";
import { Vma } from "../obj/vma";

/**
 * The owner of a page that `vma` maps first. Its own anon_vma for a page that is `exclusive`; else relatives may map the
 * page too, and the root is the one anon_vma that all of them are linked to (Linux, April 2010: "we need to pick the _oldest_ anonvma").
 */
@inline
export function anonOwner(vma: Vma, exclusive: bool): u32 {
  return exclusive ? vma.anonVma : changetype<AnonVma>(vma.anonVma).root;
}
