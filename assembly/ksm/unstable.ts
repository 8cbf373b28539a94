/**
 * The unstable tree holds the pages that wait, during one scan, for an equal one. Their content may change at any time,
 * so the tree is emptied after each scan.
 */

import { NoSummary, rbErase, rbFirst, rbInsert, rbLeft, rbRight } from "../lib/rbtree";
import { putPage } from "../lru/release";
import { contentCompare } from "../mem/content";
import { KSM_LOOSE, KSM_WAITING, KsmItem } from "../obj/ksm";
import { Page } from "../obj/page";
import { ksmCtl } from "./list";
import { itemPageGet } from "./merge";

@inline
function itemOfNode(node: u32): KsmItem {
  return changetype<KsmItem>(node - <u32>offsetof<KsmItem>("rbParent"));
}

/**
 * The waiting item whose page is another one with the content of `page`. 0: there is none, and `item` now waits itself,
 * unless its page is in the tree already or a page on the way is gone. The KSM mutex is held.
 */
export function findOrWait(item: KsmItem, page: Page): u32 {
  let parent: u32 = 0;
  let left = false;
  for (let at = ksmCtl().unstable; at != 0;) {
    const other = itemOfNode(at);
    const otherPage = itemPageGet(other);
    if (otherPage == 0) return 0;
    const order = contentCompare(page, changetype<Page>(otherPage));
    putPage(changetype<Page>(otherPage));
    if (otherPage == changetype<u32>(page)) return 0; // both share the page since a fork, so merging gains nothing
    if (order == 0) return changetype<u32>(other);
    parent = at;
    left = order < 0;
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<NoSummary>(ksmCtl().unstableAt, <u32>item.rbAt, parent, left);
  item.state = KSM_WAITING;
  return 0;
}

/** Empties the tree at the end of a scan. */
export function emptyUnstable(): void {
  for (let at = rbFirst(ksmCtl().unstableAt); at != 0; at = rbFirst(ksmCtl().unstableAt)) {
    rbErase<NoSummary>(ksmCtl().unstableAt, at);
    itemOfNode(at).state = KSM_LOOSE;
  }
}
