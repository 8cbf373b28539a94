/** Giving a VMA its anon_vma: the CPU that only passes the pointer on has a full barrier. Argued in October 2008. */

import { smpMb } from "../arch/barrier";

/** The VMA has an anon_vma: all that this CPU has seen comes before what it stores from here on. */
@inline
export function knownFound(): void {
  smpMb();
}
