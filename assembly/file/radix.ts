/**
 * Radix trees map each page offset of a file to an item, 6 bits a level. They change under the file's iPages lock.
 * Lookups take no lock: they may meet a node that was freed and reused meanwhile, so the caller checks what it found
 * (file/cache.ts does).
 *
 * Every change of a link is a release store, after the node below it is complete.
 */

import { rcuAssignPointer, rcuDereference, readOnce32, writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { SLAB_RADIX } from "../layout";
import { slabAlloc, slabFree } from "../mem/slab";
import { AddressSpace } from "../obj/file";
import { isBlock } from "./blocks";
import { RADIX_SHIFT, RADIX_SLOTS, RadixNode } from "../obj/radix";

@inline
function slotOf(index: u64, level: u32): u32 {
  return (<u32>(index >> (level * RADIX_SHIFT))) & (RADIX_SLOTS - 1);
}

/**
 * The item at `index`: a page, the item of a block (file/blocks.ts), or 0. Needs no lock; see above. Pairs with the
 * rcuAssignPointer in radixInsert, radixReplace and prune, in file/radix.ts.
 */
export function radixLookup(file: AddressSpace, index: u64): u32 {
  let node = rcuDereference(file.radixRootAt);
  if (node == 0) return 0;
  // RACE: a node may be reused at another level while the lookup stands in it. Each step therefore checks what it got:
  // nodes stand in the arena, above all struct pages and block items. The level only falls, so the loop ends.
  const arena = ctl().kmemBase;
  let level = readOnce32(changetype<RadixNode>(node).levelAt);
  if (level < 10 && index >> ((level + 1) * RADIX_SHIFT) != 0) return 0;
  while (true) {
    const next = rcuDereference(changetype<RadixNode>(node).slotAt(slotOf(index, level)));
    if (level == 0) return next < arena ? next : 0;
    if (next < arena) return 0;
    level--;
    node = next;
  }
}

/**
 * Stores `item` at an empty `index`. False: no memory. The iPages lock is held. Pairs with radixLookup in
 * file/radix.ts.
 */
export function radixInsert(file: AddressSpace, index: u64, item: u32): bool {
  if (file.radixRoot == 0) {
    let level: u32 = 0;
    while (index >> ((level + 1) * RADIX_SHIFT) != 0) level++;
    const top = newNode(0, 0, level);
    if (top == 0) return false;
    rcuAssignPointer(file.radixRootAt, top);
  }
  let node = changetype<RadixNode>(file.radixRoot);
  while (index >> ((node.level + 1) * RADIX_SHIFT) != 0) {
    const top = newNode(0, 0, node.level + 1);
    if (top == 0) return false;
    node.parent = top;
    node.slot = 0;
    rcuAssignPointer(changetype<RadixNode>(top).slotAt(0), changetype<u32>(node));
    changetype<RadixNode>(top).count = 1;
    rcuAssignPointer(file.radixRootAt, top);
    node = changetype<RadixNode>(top);
  }
  while (node.level > 0) {
    const slot = slotOf(index, node.level);
    let child = node.slotLocked(slot);
    if (child == 0) {
      child = newNode(changetype<u32>(node), slotOf(index, node.level), node.level - 1);
      if (child == 0) {
        prune(file, node);
        return false;
      }
      node.count++;
      rcuAssignPointer(node.slotAt(slot), child);
    }
    node = changetype<RadixNode>(child);
  }
  node.count++;
  rcuAssignPointer(node.slotAt(slotOf(index, 0)), item);
  return true;
}

/**
 * Empties `index`. Returns what stood there, or 0. The iPages lock is held. Pairs with radixLookup in file/radix.ts.
 */
export function radixDelete(file: AddressSpace, index: u64): u32 {
  if (file.radixRoot == 0) return 0;
  let node = changetype<RadixNode>(file.radixRoot);
  if (index >> ((node.level + 1) * RADIX_SHIFT) != 0) return 0;
  while (node.level > 0) {
    const child = node.slotLocked(slotOf(index, node.level));
    if (child == 0) return 0;
    node = changetype<RadixNode>(child);
  }
  const item = node.slotLocked(slotOf(index, 0));
  if (item == 0) return 0;
  rcuAssignPointer(node.slotAt(slotOf(index, 0)), 0);
  node.count--;
  prune(file, node);
  return item;
}

/**
 * Replaces the item at `index`. There must be one. The iPages lock is held. Pairs with radixLookup in file/radix.ts.
 */
export function radixReplace(file: AddressSpace, index: u64, item: u32): void {
  let node = changetype<RadixNode>(file.radixRoot);
  while (node.level > 0) node = changetype<RadixNode>(node.slotLocked(slotOf(index, node.level)));
  rcuAssignPointer(node.slotAt(slotOf(index, 0)), item);
}

/**
 * The first item of a tree, or 0. Takes it out if it is a block's. The iPages lock is held. Pairs with radixLookup in
 * file/radix.ts.
 */
export function radixTakeBlock(file: AddressSpace): u32 {
  if (file.radixRoot == 0) return 0;
  let node = changetype<RadixNode>(file.radixRoot);
  let slot = firstSlot(node);
  while (node.level > 0) {
    node = changetype<RadixNode>(node.slotLocked(slot));
    slot = firstSlot(node);
  }
  const item = node.slotLocked(slot);
  if (isBlock(item)) {
    rcuAssignPointer(node.slotAt(slot), 0);
    node.count--;
    prune(file, node);
  }
  return item;
}

/** The first slot in use. Every node has one. */
function firstSlot(node: RadixNode): u32 {
  let slot: u32 = 0;
  while (node.slotLocked(slot) == 0) slot++;
  return slot;
}

function newNode(parent: u32, slot: u32, level: u32): u32 {
  const at = slabAlloc(SLAB_RADIX);
  if (at == 0) return 0;
  const node = changetype<RadixNode>(at);
  node.parent = parent;
  node.slot = slot;
  node.count = 0;
  // A lookup may still stand in the node, as it was used before: see the race in radixLookup.
  writeOnce32(node.levelAt, level);
  for (let slot: u32 = 0; slot < RADIX_SLOTS; slot++) writeOnce32(node.slotAt(slot), 0);
  return at;
}

/** Frees `node` and its ancestors as long as they are empty. Pairs with radixLookup in file/radix.ts. */
function prune(file: AddressSpace, node: RadixNode): void {
  while (node.count == 0) {
    const parent = node.parent;
    if (parent == 0) rcuAssignPointer(file.radixRootAt, 0);
    else rcuAssignPointer(changetype<RadixNode>(parent).slotAt(node.slot), 0);
    slabFree(SLAB_RADIX, changetype<u32>(node));
    if (parent == 0) return;
    node = changetype<RadixNode>(parent);
    node.count--;
  }
}
