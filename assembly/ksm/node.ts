/**
 * The stable tree orders the merged pages by content. A node holds no reference to its page. It is stale once the page
 * was freed, and whoever comes across it drops it.
 */

import { readOnce32, storeRelease32 } from "../arch/access";
import { atomicOr32, xchg32 } from "../arch/rmw";
import { waitTurn } from "../arch/wait";
import { KSM, KSM_MAX_SHARING, MAPPING_KSM, PG_DIRTY, SLAB_KSM_NODE, SLAB_KSM_ROOT } from "../layout";
import { NoSummary, rbErase, rbInsert, rbLeft, rbNext, rbRight } from "../lib/rbtree";
import { putPage } from "../lru/release";
import { contentCompare } from "../mem/content";
import { slabAlloc, slabFree } from "../mem/slab";
import { AnonVma } from "../obj/anon_vma";
import { KSM_LOOSE, KSM_MERGED, KsmCtl, KsmItem, KsmNode, KsmRoot } from "../obj/ksm";
import { Page } from "../obj/page";
import { getAnonVma, putAnonVma } from "../rmap/anon_vma";
import { nodeOfMapping } from "../rmap/walk_ksm";
import { refIncNotZero } from "../sync/refcount";

/**
 * The node's page with a reference for the caller; 0: the node is stale. Reads the mapping again after it has the
 * reference. Pairs with freeMerged in mem/frame.ts.
 */
function nodePageGet(node: KsmNode): u32 {
  const page = changetype<Page>(node.page);
  const mapping = changetype<u32>(node) | MAPPING_KSM;
  // RACE: the page may be freed and reused until the reference is held. Its mapping word tells.
  if (readOnce32(page.mappingAt) != mapping || !refIncNotZero(page.refcountAt)) return 0;
  if (readOnce32(page.mappingAt) == mapping) return changetype<u32>(page);
  putPage(page);
  return 0;
}

/**
 * Drops the nodes whose pages were freed, with their roots. Items that still point there become loose. The KSM mutex is
 * held. The exchange takes the whole stack. Pairs with noteStaleNode in mem/stale.ts.
 */
export function dropStaleNodes(): void {
  for (let at = xchg32(changetype<KsmCtl>(KSM).staleAt, 0); at != 0;) {
    const node = changetype<KsmNode>(at);
    at = node.staleNext;
    while (node.first != 0) {
      const item = changetype<KsmItem>(node.first);
      unlist(node, item);
      item.state = KSM_LOOSE;
    }
    for (let r = node.roots; r != 0;) {
      const root = changetype<KsmRoot>(r);
      r = root.next;
      putAnonVma(changetype<AnonVma>(root.anonVma));
      slabFree(SLAB_KSM_ROOT, changetype<u32>(root));
    }
    rbErase<NoSummary>(changetype<KsmCtl>(KSM).stableAt, <u32>node.rbAt);
    slabFree(SLAB_KSM_NODE, changetype<u32>(node));
  }
}

/**
 * A merged page that has the content of `page` and takes more items, with a reference for the caller; or 0. If there
 * are several, the newest is taken. The KSM mutex is held.
 */
export function stableFind(page: Page): u32 {
  dropStaleNodes();
  for (let turn: u32 = 0; ; turn++) {
    const first = firstEqual(page);
    if (first == STALE) {
      awaitStaleNode(turn);
      continue;
    }
    for (let at = first; at != 0; at = rbNext(at)) {
      const other = nodePageGet(changetype<KsmNode>(at));
      if (other == 0) continue; // it was freed just now
      const equal = contentCompare(page, changetype<Page>(other)) == 0;
      if (equal && isOpen(changetype<KsmNode>(at))) return other;
      putPage(changetype<Page>(other));
      if (!equal) break;
    }
    return 0;
  }
}

/**
 * Drops a stale node that a search met. Another CPU is freeing its page and notes the node without any lock that is
 * held here, so this CPU waits for that first.
 */
function awaitStaleNode(turn: u32): void {
  const at = changetype<KsmCtl>(KSM).staleAt;
  if (readOnce32(at) == 0) waitTurn(at, 0, turn);
  dropStaleNodes();
}

/** Not a node: the search met a stale node, and cannot tell left from right there. */
const STALE: u32 = 1;

/** The leftmost node of equal content, 0, or STALE. Nodes of equal content stand side by side, the newest first. */
function firstEqual(page: Page): u32 {
  let first: u32 = 0;
  for (let at = changetype<KsmCtl>(KSM).stable; at != 0;) {
    const other = nodePageGet(changetype<KsmNode>(at));
    if (other == 0) return STALE;
    const order = contentCompare(page, changetype<Page>(other));
    putPage(changetype<Page>(other));
    if (order == 0) first = at;
    at = order <= 0 ? rbLeft(at) : rbRight(at);
  }
  return first;
}

/**
 * Whether a merged page takes more items: the scanner knows one of its places, the page is not full, and someone maps
 * it.
 */
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
  node.roots = 0;
  return at;
}

/**
 * Puts a merged page into the stable tree, before its equals. The caller holds the KSM mutex and a reference to the
 * page.
 */
export function stableInsert(node: KsmNode): void {
  for (let turn: u32 = 0; !tryInsert(node); turn++) awaitStaleNode(turn);
}

/** Inserts once. False: a stale node stands in the way. */
function tryInsert(node: KsmNode): bool {
  const page = changetype<Page>(node.page);
  let parent: u32 = 0;
  let left = false;
  for (let at = changetype<KsmCtl>(KSM).stable; at != 0;) {
    const other = nodePageGet(changetype<KsmNode>(at));
    if (other == 0) return false;
    parent = at;
    left = contentCompare(page, changetype<Page>(other)) <= 0;
    putPage(changetype<Page>(other));
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<NoSummary>(changetype<KsmCtl>(KSM).stableAt, <u32>node.rbAt, parent, left);
  return true;
}

/** An unused root, or 0 without memory. */
export function rootAlloc(): u32 {
  return slabAlloc(SLAB_KSM_ROOT);
}

/**
 * Adds `anonVma`, with the page offset `index`, to the places where walks of the node's page begin. Uses up the root
 * `spare`. The page is locked. `anonVma` is alive, because a VMA that is linked to it cannot go now.
 */
export function addRoot(node: KsmNode, anonVma: u32, index: u64, spare: u32): void {
  for (let r = node.roots; r != 0; r = changetype<KsmRoot>(r).next) {
    if (changetype<KsmRoot>(r).anonVma == anonVma && changetype<KsmRoot>(r).index == index) {
      slabFree(SLAB_KSM_ROOT, spare);
      return;
    }
  }
  const root = changetype<KsmRoot>(spare);
  getAnonVma(changetype<AnonVma>(anonVma));
  root.anonVma = anonVma;
  root.index = index;
  root.next = node.roots;
  node.roots = spare;
}

/** Gives back an unused root. */
export function rootFree(spare: u32): void {
  slabFree(SLAB_KSM_ROOT, spare);
}

/** Attaches an item to the node of `page`, which is locked. */
export function attachItem(item: KsmItem, page: Page): void {
  const node = nodeOfMapping(page.mapping);
  item.state = KSM_MERGED;
  item.node = changetype<u32>(node);
  item.nodePrev = 0;
  item.nodeNext = node.first;
  if (node.first != 0) changetype<KsmItem>(node.first).nodePrev = changetype<u32>(item);
  node.first = changetype<u32>(item);
  node.count++;
}

/** Detaches a merged item from its node. The KSM mutex is held, so nobody else looks at the items. */
export function detachItem(item: KsmItem): void {
  unlist(changetype<KsmNode>(item.node), item);
}

/** Takes an item off its node's list. */
function unlist(node: KsmNode, item: KsmItem): void {
  if (item.nodePrev != 0) changetype<KsmItem>(item.nodePrev).nodeNext = item.nodeNext;
  else node.first = item.nodeNext;
  if (item.nodeNext != 0) changetype<KsmItem>(item.nodeNext).nodePrev = item.nodePrev;
  node.count--;
  item.node = 0;
}

/**
 * Turns a locked page into a merged one: the node becomes its owner. One store sets pointer and tag together. The page
 * becomes dirty, because one sharer may have allowed reclaim to drop it (madvise) while the others have not.
 */
export function becomeMerged(page: Page, node: KsmNode): void {
  atomicOr32(page.flagsAt, PG_DIRTY);
  // Release: who finds the page by an entry, without its lock, finds a whole node. Pairs with checkEntry in
  // check/space.ts.
  storeRelease32(page.mappingAt, changetype<u32>(node) | MAPPING_KSM);
}
