/**
 * A VMA that takes over pages of another, when the border between them moves: it gets the exporter's whole chain, as
 * Linux 2.6.34 does in `vma_adjust`.
 *
 * "vma_adjust: fix the copying of anon_vma chains", the second of the four patches of 12 April 2010: the source is the
 * VMA that loses the pages, whichever of the two lies below.
 */

import { Vma } from "../obj/vma";
import { anonVmaClone } from "./clone";

/** `importer` takes over the chain of `exporter` (0: of nobody), if it has none. False: no memory. The mmap lock is held for writing. */
export function dupAnonVma(importer: Vma, exporter: u32): bool {
  if (exporter == 0 || changetype<Vma>(exporter).anonVma == 0 || importer.anonVma != 0) return true;
  importer.anonVma = changetype<Vma>(exporter).anonVma;
  return anonVmaClone(importer, changetype<Vma>(exporter));
}
