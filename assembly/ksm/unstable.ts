/** The unstable tree: pages that wait, in one scan, for an equal one. Nothing keeps them from changing, so it lasts one scan only. */

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
 * The waiting item whose page equals `page` but is another; or 0, and `item` waits now itself,
 * unless its page is in the tree already or a page on the way is gone. The KSM mutex is held.
 */
export function findOrWait(item: KsmItem, page: Page): u32 {
  let parent: u32 = 0;
  let left = false;
  for (let at = ksmCtl().unstable; at != 0; ) {
    const other = itemOfNode(at);
    const otherPage = itemPageGet(other);
    if (otherPage == 0) return 0;
    const order = contentCompare(page, changetype<Page>(otherPage));
    putPage(changetype<Page>(otherPage));
    if (otherPage == changetype<u32>(page)) return 0; // shared since a fork: nothing to gain
    if (order == 0) return changetype<u32>(other);
    parent = at;
    left = order < 0;
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<NoSummary>(ksmCtl().unstableAt, <u32>item.rbAt, parent, left);
  item.state = KSM_WAITING;
  return 0;
}

/** The scan is over: nobody waits any more. */
export function emptyUnstable(): void {
  for (let at = rbFirst(ksmCtl().unstableAt); at != 0; at = rbFirst(ksmCtl().unstableAt)) {
    rbErase<NoSummary>(ksmCtl().unstableAt, at);
    itemOfNode(at).state = KSM_LOOSE;
  }
}
