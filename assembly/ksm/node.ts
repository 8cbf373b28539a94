/**
 * The stable tree: merged pages by content. A node holds no reference to its page; it is stale once
 * the page was freed, and goes when someone comes across it.
 */

import { readOnce32, writeOnce32 } from "../arch/access";
import { KSM, KSM_MAX_SHARING, MAPPING_KSM, SLAB_KSM_NODE } from "../layout";
import { NoSummary, rbErase, rbInsert, rbLeft, rbNext, rbRight } from "../lib/rbtree";
import { putPage } from "../lru/release";
import { contentCompare } from "../mem/content";
import { slabAlloc, slabFree } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { KSM_LOOSE, KSM_MERGED, KsmCtl, KsmItem, KsmNode } from "../obj/ksm";
import { Page } from "../obj/page";
import { Vma } from "../obj/vma";
import { getAnonVma, putAnonVma } from "../rmap/anon_vma";
import { linearPageIndex } from "../rmap/map_page";
import { nodeOfMapping } from "../rmap/walk_ksm";
import { pageLock, pageUnlock } from "../sync/pagelock";
import { refIncNotZero } from "../sync/refcount";

/** The node's page with a reference for the caller; 0: the node is stale. */
function nodePageGet(node: KsmNode): u32 {
  const page = changetype<Page>(node.page);
  const mapping = changetype<u32>(node) | MAPPING_KSM;
  // RACE: the page may be freed and reused until the reference is held; its mapping word tells.
  if (readOnce32(page.mappingAt) != mapping || !refIncNotZero(page.refcountAt)) return 0;
  if (readOnce32(page.mappingAt) == mapping) return changetype<u32>(page);
  putPage(page);
  return 0;
}

/** Drops a stale node; items that still point there become loose. */
function dropNode(node: KsmNode): void {
  while (node.first != 0) {
    const item = changetype<KsmItem>(node.first);
    unlinkItem(node, item);
    item.state = KSM_LOOSE;
  }
  rbErase<NoSummary>(changetype<KsmCtl>(KSM).stableAt, <u32>node.rbAt);
  slabFree(SLAB_KSM_NODE, changetype<u32>(node));
}

/**
 * A merged page with the content of `page` that takes more items, with a reference for the caller;
 * or 0. Of several the newest wins. The KSM mutex is held.
 */
export function stableFind(page: Page): u32 {
  while (true) {
    let stale: u32 = 0;
    let first: u32 = 0;
    for (let at = changetype<KsmCtl>(KSM).stable; at != 0; ) {
      const node = changetype<KsmNode>(at);
      const other = nodePageGet(node);
      if (other == 0) {
        stale = at;
        break;
      }
      const order = contentCompare(page, changetype<Page>(other));
      putPage(changetype<Page>(other));
      // Equal ones stand side by side, the newest first: keep to the left.
      if (order == 0) first = at;
      at = order <= 0 ? rbLeft(at) : rbRight(at);
    }
    for (let at = first; at != 0 && stale == 0; at = rbNext(at)) {
      const node = changetype<KsmNode>(at);
      const other = nodePageGet(node);
      if (other == 0) {
        stale = at;
        break;
      }
      if (contentCompare(page, changetype<Page>(other)) != 0) {
        putPage(changetype<Page>(other));
        return 0;
      }
      if (isOpen(node)) return other;
      putPage(changetype<Page>(other));
    }
    if (stale == 0) return 0;
    dropNode(changetype<KsmNode>(stale));
  }
}

/** Whether a merged page takes more: the scanner still knows one of its places, and it is not full; and someone maps it. */
function isOpen(node: KsmNode): bool {
  return node.count != 0 && node.count < KSM_MAX_SHARING && readOnce32(changetype<Page>(node.page).mapcountAt) != 0;
}

/** A new node for `page`, in no tree; 0 without memory. */
export function nodeAlloc(page: Page): u32 {
  const at = slabAlloc(SLAB_KSM_NODE);
  if (at == 0) return 0;
  const node = changetype<KsmNode>(at);
  node.page = changetype<u32>(page);
  node.first = 0;
  node.count = 0;
  return at;
}

/** Puts a merged page into the stable tree, before its equals. False: a stale node is in the way, and gone now: try again. */
export function stableInsert(node: KsmNode): bool {
  const page = changetype<Page>(node.page);
  let parent: u32 = 0;
  let left = false;
  for (let at = changetype<KsmCtl>(KSM).stable; at != 0; ) {
    const other = nodePageGet(changetype<KsmNode>(at));
    if (other == 0) {
      dropNode(changetype<KsmNode>(at));
      return false;
    }
    parent = at;
    left = contentCompare(page, changetype<Page>(other)) <= 0;
    putPage(changetype<Page>(other));
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<NoSummary>(changetype<KsmCtl>(KSM).stableAt, <u32>node.rbAt, parent, left);
  return true;
}

/** Attaches an item to the node of `page`, which is locked; `vma` maps the page at the item's address. The mmap lock is held. */
export function attachItem(item: KsmItem, page: Page, vma: Vma): void {
  const node = nodeOfMapping(page.mapping);
  item.state = KSM_MERGED;
  item.node = changetype<u32>(node);
  item.index = linearPageIndex(vma, item.address);
  item.anonVma = vma.anonVma;
  // The walk begins at the item: what it needs is pinned for as long.
  getAnonVma(changetype<AnonVma>(vma.anonVma));
  item.nodePrev = 0;
  item.nodeNext = node.first;
  if (node.first != 0) changetype<KsmItem>(node.first).nodePrev = changetype<u32>(item);
  node.first = changetype<u32>(item);
  node.count++;
}

/** Detaches a merged item from its node. */
export function detachItem(item: KsmItem): void {
  const node = changetype<KsmNode>(item.node);
  const page = nodePageGet(node);
  if (page == 0) {
    dropNode(node); // which loosens all its items, this one too
    return;
  }
  pageLock(changetype<Page>(page));
  const anonVma = unlist(node, item);
  pageUnlock(changetype<Page>(page));
  putPage(changetype<Page>(page));
  putAnonVma(changetype<AnonVma>(anonVma));
}

/** Takes an item off a list that nobody walks any more. */
function unlinkItem(node: KsmNode, item: KsmItem): void {
  putAnonVma(changetype<AnonVma>(unlist(node, item)));
}

/** Takes an item off its node's list; the anon_vma that it pinned. */
function unlist(node: KsmNode, item: KsmItem): u32 {
  if (item.nodePrev != 0) changetype<KsmItem>(item.nodePrev).nodeNext = item.nodeNext;
  else node.first = item.nodeNext;
  if (item.nodeNext != 0) changetype<KsmItem>(item.nodeNext).nodePrev = item.nodePrev;
  node.count--;
  item.node = 0;
  const anonVma = item.anonVma;
  item.anonVma = 0;
  return anonVma;
}

/** Turns a locked page into a merged one: from now on its owner is the node. One store, pointer and tag together. */
export function becomeMerged(page: Page, node: KsmNode): void {
  writeOnce32(page.mappingAt, changetype<u32>(node) | MAPPING_KSM);
}
