/** One step of a scan: what it does with one page. Linux's cmp_and_merge_page. */

import { SLAB_KSM_NODE } from "../layout";
import { putPage } from "../lru/release";
import { contentChecksum } from "../mem/content";
import { slabFree } from "../mem/slab";
import { KSM_MERGED, KsmItem, KsmNode } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { Page } from "../obj/page";
import { pageKsm } from "../rmap/map_page";
import { nodeOfMapping } from "../rmap/walk_ksm";
import { breakKsmAt } from "./break";
import { loosen } from "./item";
import { itemPageGet, joinMerged, mergeFirst, mergeInto } from "./merge";
import { nodeAlloc, stableFind } from "./node";
import { findOrWait } from "./unstable";

/** Visits the page of an item; the caller holds a reference to it, and the KSM mutex. */
export function visit(item: KsmItem, page: Page): void {
  if (pageKsm(page)) {
    // The page is merged already. After a fork the child's item joins here.
    if (item.state == KSM_MERGED && item.node == changetype<u32>(nodeOfMapping(page.mapping))) return;
    loosen(item);
    joinMerged(item, page);
    return;
  }
  loosen(item);
  const sum = contentChecksum(page);
  if (item.seen == 0 || item.checksum != sum) {
    // The page is new or still being written, so merging it would not last.
    item.seen = 1;
    item.checksum = sum;
    return;
  }
  const merged = stableFind(page);
  if (merged != 0) {
    mergeInto(item, page, changetype<Page>(merged));
    putPage(changetype<Page>(merged));
    return;
  }
  const other = findOrWait(item, page);
  if (other != 0) mergeTwo(item, page, changetype<KsmItem>(other));
}

/** Makes `page` the merged page, and points the other item's entry to it. */
function mergeTwo(item: KsmItem, page: Page, other: KsmItem): void {
  const otherPage = itemPageGet(other);
  if (otherPage == 0) return;
  const node = nodeAlloc(page);
  if (node != 0) {
    if (mergeFirst(item, page, changetype<KsmNode>(node))) {
      loosen(other);
      // A merged page that nobody shares is of no use.
      if (!mergeInto(other, changetype<Page>(otherPage), page)) breakKsmAt(changetype<Mm>(item.mm), item.address);
    } else {
      slabFree(SLAB_KSM_NODE, node);
    }
  }
  putPage(changetype<Page>(otherPage));
}
