/**
 * Red-black trees whose nodes stand inside the objects that they order. They are augmented: each node keeps a summary
 * of its subtree, such as the largest end of an interval or the largest gap.
 *
 *   a node, three words:   parent | colour (bit 0: black)    left    right
 *
 * A tree is the address of the word that holds its root. `A` says how to summarise: its method `update(node)` computes
 * the node's summary from the node and its children, and returns whether it changed. Each child link is written once. A
 * reader without the lock (the VMA lookup) therefore sees either the old or the new child. It may miss a node during a
 * rotation, but it never follows a broken link.
 *
 * Insertion and deletion follow Cormen, Leiserson, Rivest, Stein, chapter 13.
 */

import { writeOnce32 } from "../arch/access";

const BLACK: u32 = 1;
const LEFT: usize = 4;
const RIGHT: usize = 8;

/** For trees that keep no summaries. */
@unmanaged
export class NoSummary {

  @inline update(node: u32): bool {
    return false;
  }
}

@inline
export function rbLeft(node: u32): u32 {
  return load<u32>(node, 4);
}

@inline
export function rbRight(node: u32): u32 {
  return load<u32>(node, 8);
}

@inline
export function rbParent(node: u32): u32 {
  return load<u32>(node) & ~3;
}

@inline
function isBlack(node: u32): bool {
  return node == 0 || (load<u32>(node) & BLACK) != 0;
}

@inline
function setBlack(node: u32): void {
  store<u32>(node, load<u32>(node) | BLACK);
}

@inline
function setRed(node: u32): void {
  store<u32>(node, load<u32>(node) & ~BLACK);
}

@inline
function setParent(node: u32, parent: u32): void {
  store<u32>(node, parent | (load<u32>(node) & BLACK));
}

/** Puts `to` in the place of `from`, below `parent` or at the root. */
@inline
function replaceChild(root: usize, parent: u32, from: u32, to: u32): void {
  if (parent == 0) writeOnce32(root, to);
  else if (rbLeft(parent) == from) writeOnce32(parent + LEFT, to);
  else writeOnce32(parent + RIGHT, to);
}

/** The other side: LEFT for RIGHT, and RIGHT for LEFT. */
@inline
function opposite(side: usize): usize {
  return LEFT + RIGHT - side;
}

/** The child of `node` on a side, or 0. */
@inline
function rbChild(node: u32, side: usize): u32 {
  return load<u32>(node + side);
}

/** Which child of its parent `node` is. */
@inline
function sideOf(node: u32, parent: u32): usize {
  return node == rbLeft(parent) ? LEFT : RIGHT;
}

/** Rotates the edge to the child opposite of `side`. `node` goes down on `side`. */
function rotate<A>(root: usize, node: u32, side: usize): void {
  const up = rbChild(node, opposite(side));
  const middle = rbChild(up, side);
  const parent = rbParent(node);
  writeOnce32(node + opposite(side), middle);
  if (middle != 0) setParent(middle, node);
  setParent(up, parent);
  replaceChild(root, parent, node, up);
  writeOnce32(up + side, node);
  setParent(node, up);
  changetype<A>(0).update(node);
  changetype<A>(0).update(up);
}

/** Updates the summaries from `node` up to the root, and stops where one does not change. */
export function rbPropagate<A>(node: u32): void {
  while (node != 0 && changetype<A>(0).update(node)) node = rbParent(node);
}

/** As rbPropagate, but always up to the root. */
function propagateAll<A>(node: u32): void {
  while (node != 0) {
    changetype<A>(0).update(node);
    node = rbParent(node);
  }
}

/** Links `node` below `parent` (0: the tree is empty) on the left or right, and balances the tree. Its lock is held. */
export function rbInsert<A>(root: usize, node: u32, parent: u32, left: bool): void {
  store<u32>(node, parent); // red
  writeOnce32(node + LEFT, 0);
  writeOnce32(node + RIGHT, 0);
  changetype<A>(0).update(node);
  if (parent == 0) writeOnce32(root, node);
  else writeOnce32(parent + (left ? LEFT : RIGHT), node);
  rbPropagate<A>(parent);

  while (!isBlack(rbParent(node))) {
    let p = rbParent(node);
    const grand = rbParent(p); // exists: a red node is not the root
    const side = sideOf(p, grand);
    const uncle = rbChild(grand, opposite(side));
    if (!isBlack(uncle)) {
      setBlack(p);
      setBlack(uncle);
      setRed(grand);
      node = grand;
      continue;
    }
    if (node == rbChild(p, opposite(side))) {
      node = p;
      rotate<A>(root, node, side);
      p = rbParent(node);
    }
    setBlack(p);
    setRed(grand);
    rotate<A>(root, grand, opposite(side));
  }
  setBlack(load<u32>(root));
}

/** Takes `node` out and balances the tree. Its lock is held. */
export function rbErase<A>(root: usize, node: u32): void {
  let child: u32;
  let parent: u32; // the parent of `child` after it has moved up
  let black: bool;
  if (rbLeft(node) != 0 && rbRight(node) != 0) {
    // The successor takes the node's place.
    let heir = rbRight(node);
    while (rbLeft(heir) != 0) heir = rbLeft(heir);
    child = rbRight(heir);
    black = isBlack(heir);
    parent = rbParent(heir);
    if (parent == node) {
      parent = heir;
    } else {
      writeOnce32(parent + LEFT, child);
      if (child != 0) setParent(child, parent);
      writeOnce32(heir + RIGHT, rbRight(node));
      setParent(rbRight(node), heir);
    }
    writeOnce32(heir + LEFT, rbLeft(node));
    setParent(rbLeft(node), heir);
    replaceChild(root, rbParent(node), node, heir);
    store<u32>(heir, load<u32>(node)); // parent and colour
  } else {
    child = rbLeft(node) != 0 ? rbLeft(node) : rbRight(node);
    parent = rbParent(node);
    black = isBlack(node);
    replaceChild(root, parent, node, child);
    if (child != 0) setParent(child, parent);
  }
  propagateAll<A>(parent);
  if (black) eraseFixup<A>(root, child, parent);
}

/**
 * Balances after a black node was removed: the paths through `node` (maybe 0), below `parent`, have one black node too
 * few.
 */
function eraseFixup<A>(root: usize, node: u32, parent: u32): void {
  while (parent != 0 && isBlack(node)) {
    const side = sideOf(node, parent);
    let sibling = rbChild(parent, opposite(side));
    if (!isBlack(sibling)) {
      setBlack(sibling);
      setRed(parent);
      rotate<A>(root, parent, side);
      sibling = rbChild(parent, opposite(side));
    }
    const far = rbChild(sibling, opposite(side));
    if (isBlack(far)) {
      const near = rbChild(sibling, side);
      if (isBlack(near)) {
        setRed(sibling);
        node = parent;
        parent = rbParent(node);
        continue;
      }
      setBlack(near);
      setRed(sibling);
      rotate<A>(root, sibling, opposite(side));
      sibling = near;
    }
    if (isBlack(parent)) setBlack(sibling);
    else setRed(sibling);
    setBlack(parent);
    setBlack(rbChild(sibling, opposite(side)));
    rotate<A>(root, parent, side);
    return;
  }
  if (node != 0) setBlack(node);
}

/** The first node in order, or 0. */
export function rbFirst(root: usize): u32 {
  let node = load<u32>(root);
  if (node == 0) return 0;
  while (rbLeft(node) != 0) node = rbLeft(node);
  return node;
}

/** The node after `node` in order, or 0. */
export function rbNext(node: u32): u32 {
  if (rbRight(node) != 0) {
    node = rbRight(node);
    while (rbLeft(node) != 0) node = rbLeft(node);
    return node;
  }
  let parent = rbParent(node);
  while (parent != 0 && node == rbRight(parent)) {
    node = parent;
    parent = rbParent(node);
  }
  return parent;
}
