/** Items: what the scanner remembers of each page of each mm, by address. The KSM mutex protects all of them. */

import { KSM, SLAB_KSM } from "../layout";
import { NoSummary, rbErase } from "../lib/rbtree";
import { slabAlloc, slabFree } from "../mem/slab";
import { KSM_LOOSE, KSM_MERGED, KSM_WAITING, KsmCtl, KsmItem } from "../obj/ksm";
import { Mm } from "../obj/mm";
import { detachItem } from "./node";

@inline
function ctlOf(): KsmCtl {
  return changetype<KsmCtl>(KSM);
}

/** Puts the cursor before the first item of an mm. */
export function rewindItems(): void {
  ctlOf().cursor = 0;
}

/**
 * The item of `mm` for `address`, made if there is none; 0: no memory. The caller asks in ascending order of addresses.
 * Items between the last address and this one are dropped.
 */
export function itemFor(mm: Mm, address: u64): u32 {
  forgetBelow(mm, address);
  const before = ctlOf().cursor;
  const found = before == 0 ? mm.ksmItems : changetype<KsmItem>(before).next;
  if (found != 0 && changetype<KsmItem>(found).address == address) {
    ctlOf().cursor = found;
    return found;
  }
  const fresh = slabAlloc(SLAB_KSM);
  if (fresh == 0) return 0;
  const item = changetype<KsmItem>(fresh);
  item.address = address;
  item.mm = changetype<u32>(mm);
  item.state = KSM_LOOSE;
  item.seen = 0;
  item.node = 0;
  item.next = found;
  if (before == 0) mm.ksmItems = fresh;
  else changetype<KsmItem>(before).next = fresh;
  ctlOf().cursor = fresh;
  return fresh;
}

/** Drops the items after the cursor that stand below `address`: their pages are gone. */
export function forgetBelow(mm: Mm, address: u64): void {
  while (true) {
    const before = ctlOf().cursor;
    const at = before == 0 ? mm.ksmItems : changetype<KsmItem>(before).next;
    if (at == 0 || changetype<KsmItem>(at).address >= address) return;
    const item = changetype<KsmItem>(at);
    if (before == 0) mm.ksmItems = item.next;
    else changetype<KsmItem>(before).next = item.next;
    loosen(item);
    slabFree(SLAB_KSM, at);
  }
}

/** Drops all items of an mm. */
export function forgetAll(mm: Mm): void {
  for (let at = mm.ksmItems; at != 0;) {
    const item = changetype<KsmItem>(at);
    const next = item.next;
    loosen(item);
    slabFree(SLAB_KSM, at);
    at = next;
  }
  mm.ksmItems = 0;
}

/** Takes an item out of the tree or list that it is in. */
export function loosen(item: KsmItem): void {
  if (item.state == KSM_WAITING) rbErase<NoSummary>(ctlOf().unstableAt, <u32>item.rbAt);
  else if (item.state == KSM_MERGED) detachItem(item);
  item.state = KSM_LOOSE;
}
