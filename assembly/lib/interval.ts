/**
 * Interval trees: which of many ranges [start, last] meet a given one, in time O(log n + found).
 * A red-black tree ordered by start; each node knows the largest `last` in its subtree.
 *
 * `K` says where a node keeps its range: methods start(node), last(node), subtreeLast(node),
 * setSubtreeLast(node, value), and update(node) for the tree (see IntervalKey in rmap/ and file/).
 */

import { rbInsert, rbLeft, rbParent, rbRight } from "./rbtree";

/** Computes the largest last of `node`'s subtree and stores it; true when it changed. For a key's update(). */
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

/** Adds `node`; its range is already set. Equal starts stand in the order of their insertion. */
export function intervalInsert<K>(root: usize, node: u32): void {
  const key = changetype<K>(0);
  const start = key.start(node);
  let parent: u32 = 0;
  let left = false;
  for (let at = load<u32>(root); at != 0; ) {
    parent = at;
    left = start < key.start(at);
    at = left ? rbLeft(at) : rbRight(at);
  }
  rbInsert<K>(root, node, parent, left);
}

/** The first node whose range meets [start, last], or 0. */
export function intervalFirst<K>(root: usize, start: u64, last: u64): u32 {
  const node = load<u32>(root);
  if (node == 0 || changetype<K>(0).subtreeLast(node) < start) return 0;
  return searchSubtree<K>(node, start, last);
}

/** The leftmost node of `node`'s subtree that meets [start, last]; the subtree has a last that reaches start. */
function searchSubtree<K>(node: u32, start: u64, last: u64): u32 {
  const key = changetype<K>(0);
  while (true) {
    const left = rbLeft(node);
    if (left != 0 && key.subtreeLast(left) >= start) {
      // Some range on the left reaches start: if it begins too late, so does all to the right.
      node = left;
      continue;
    }
    if (key.start(node) > last) return 0;
    if (key.last(node) >= start) return node;
    node = rbRight(node);
    if (node == 0 || key.subtreeLast(node) < start) return 0;
  }
}

/** The node after `node` that meets [start, last], or 0. */
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
