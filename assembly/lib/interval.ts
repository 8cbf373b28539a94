/**
 * Interval trees find the ranges [start, last] that overlap a given range, in time O(log n + found). Each is a
 * red-black tree ordered by start, in which each node knows the largest `last` of its subtree.
 *
 * `K` says where a node keeps its range. It has the methods start(node), last(node), subtreeLast(node),
 * setSubtreeLast(node, value), and update(node) for the tree: see ChainKey in rmap/ and FileKey in file/.
 */

import { rbInsert, rbLeft, rbParent, rbRight } from "./rbtree";

/** Computes the largest last of `node`'s subtree and stores it. True: it changed. For a key's update(). */
@inline
export function intervalUpdate<K>(node: u32): bool {
  const key = changetype<K>(0);
  let last = key.last(node);
  const left = rbLeft(node);
  if (left != 0 && key.subtreeLast(left) > last) last = key.subtreeLast(left);
  const right = rbRight(node);
  if (right != 0 && key.subtreeLast(right) > last) last = key.subtreeLast(right);
  if (key.subtreeLast(node) == last) return false;
  key.setSubtreeLast(node, last);
  return true;
}

/** Adds `node`, whose range is set. Nodes with equal starts keep the order of their insertion. */
export function intervalInsert<K>(root: usize, node: u32): void {
  const key = changetype<K>(0);
  const start = key.start(node);
  let parent: u32 = 0;
  let left = false;
  for (let at = load<u32>(root); at != 0;) {
    parent = at;
    left = start < key.start(at);
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<K>(root, node, parent, left);
}

/** The first node whose range overlaps [start, last], or 0. */
export function intervalFirst<K>(root: usize, start: u64, last: u64): u32 {
  const node = load<u32>(root);
  if (node == 0 || changetype<K>(0).subtreeLast(node) < start) return 0;
  return searchSubtree<K>(node, start, last);
}

/**
 * The leftmost node of `node`'s subtree whose range overlaps [start, last], or 0. The largest last of the subtree
 * reaches `start`.
 */
function searchSubtree<K>(node: u32, start: u64, last: u64): u32 {
  const key = changetype<K>(0);
  while (true) {
    const left = rbLeft(node);
    if (left != 0 && key.subtreeLast(left) >= start) {
      // A range on the left reaches start. If it begins too late, all ranges to the right do as well.
      node = left;
      continue;
    }
    if (key.start(node) > last) return 0;
    if (key.last(node) >= start) return node;
    node = rbRight(node);
    if (node == 0 || key.subtreeLast(node) < start) return 0;
  }
}

/** The next node after `node` whose range overlaps [start, last], or 0. */
export function intervalNext<K>(node: u32, start: u64, last: u64): u32 {
  const key = changetype<K>(0);
  const right = rbRight(node);
  if (right != 0 && key.subtreeLast(right) >= start) return searchSubtree<K>(right, start, last);
  while (true) {
    const parent = rbParent(node);
    if (parent == 0) return 0;
    const cameFromLeft = rbLeft(parent) == node;
    node = parent;
    if (!cameFromLeft) continue;
    if (key.start(node) > last) return 0;
    if (key.last(node) >= start) return node;
    const next = rbRight(node);
    if (next != 0 && key.subtreeLast(next) >= start) return searchSubtree<K>(next, start, last);
  }
}
