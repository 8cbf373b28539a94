/**
 * A neighbour's anon_vma serves whatever flags the VMAs have, so that two can be writable and stay two.
 * Argued in October 2008.
 */

import { Vma } from "../obj/vma";

/** Whether `b` stands directly behind `a`, with the offsets that Linux asks for. */
function anonVmaCompatible(a: Vma, b: Vma): bool {
  return a.end == b.start && a.file == b.file && b.pgoff == a.pgoff + a.pages;
}
