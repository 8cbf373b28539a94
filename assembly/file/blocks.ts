/** The blocks of the store behind the page cache: taking, giving back, writing and reading them. */

import { readOnce32, writeOnce32 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { BLOCKS, CONTENT_FULL, CONTENT_NONE, CONTENT_WORD, LOCK_BLOCKS, PAGE_SHIFT, PAGE_SIZE } from "../layout";
import { contentAt, contentCopyOut } from "../mem/content";
import { Blocks } from "../obj/blocks";
import { Page } from "../obj/page";
import { spinLock, spinUnlock } from "../sync/spinlock";

/** The store. */
@inline
export function blockStore(): Blocks {
  return changetype<Blocks>(BLOCKS);
}

/** Makes all blocks free. Boot only. */
export function blocksInit(blocks: u32, nextBase: u32, contentBase: u32): void {
  const store = blockStore();
  store.blocks = blocks;
  store.free = blocks;
  store.nextBase = nextBase;
  store.contentBase = contentBase;
  store.firstFree = blocks != 0 ? 1 : 0;
  for (let block: u32 = 0; block < blocks; block++) store.setNext(block, block + 1 < blocks ? block + 2 : 0);
}

/** Whether an item of a file's tree is a block's and not a page. */
@inline
export function isBlock(item: u32): bool {
  return (item & 1) != 0;
}

/** RACE: CPUs ask without the lock whether the store is full. It is only a guess. */
@inline
function setFree(store: Blocks, free: u32): void {
  writeOnce32(store.freeAt, free);
}

/** Whether no block is free. Without the lock it is a guess. */
export function blocksAreFull(): bool {
  return readOnce32(blockStore().freeAt) == 0;
}

/** Takes a free block. Returns its item, or 0 when the store is full. */
function blockTake(): u32 {
  const store = blockStore();
  spinLock(store.lockAt, LOCK_BLOCKS);
  const first = store.firstFree;
  if (first != 0) {
    store.firstFree = store.nextOf(first - 1);
    setFree(store, store.free - 1);
  }
  spinUnlock(store.lockAt);
  return first == 0 ? 0 : ((first - 1) << 1) | 1;
}

/** Gives the block of `item` back; 0 is none. The item must be out of the file's tree. */
export function blockGive(item: u32): void {
  if (item == 0) return;
  const store = blockStore();
  const block = item >> 1;
  spinLock(store.lockAt, LOCK_BLOCKS);
  store.setNext(block, store.firstFree);
  store.firstFree = block + 1;
  setFree(store, store.free + 1);
  spinUnlock(store.lockAt);
}

/** Gives a locked page of a file a block in `priv` unless it has one. False: the store is full. */
export function blockEnsure(page: Page): bool {
  if (page.priv == 0) page.priv = blockTake();
  return page.priv != 0;
}

@inline
function bytesAt(item: u32, content: u32): usize {
  return blockStore().contentBase + ((item >> 1) << (content == CONTENT_WORD ? 3 : PAGE_SHIFT));
}

/** Writes a locked page to its block. */
export function blockWrite(page: Page): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  // RACE: a CPU may store to the page meanwhile. The store made the page dirty again, so it is written once more.
  contentCopyOut(bytesAt(page.priv, content), page, content);
}

/**
 * Reads the block of `item` into a page that nobody else knows. The item stands in the file's tree, and the lock of
 * that tree is held.
 */
export function blockRead(page: Page, item: u32): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  memory.copy(contentAt(page), bytesAt(item, content), content == CONTENT_FULL ? PAGE_SIZE : 8);
}
