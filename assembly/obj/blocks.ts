/**
 * The store behind the page cache: as many blocks of one page's content as the host asked for, in
 * memory. A page that was written back has a block; when its frame is reclaimed, the block's item
 * takes the page's place in the file's tree, and the next reader gets the content from there.
 *
 *   item    block << 1 | 1: odd, so that it is no struct page; below everything that is one
 *   a block's word, while it is free: next free block, plus one
 *
 * The free list is under `lock`. A block's content changes only under the lock of the page that it
 * belongs to, while that page is in the cache.
 */
@unmanaged
export class Blocks {
  lock: u32;
  blocks: u32;
  /** Blocks that are free, and the first of them plus one. */
  free: u32;
  firstFree: u32;
  /** One u32 a block. */
  nextBase: u32;
  contentBase: u32;
  /** Where writeback goes on looking for dirty pages: a frame's number. A hint. */
  cursor: u32;
  pad: u32;

  @inline get lockAt(): usize { return changetype<usize>(this) + offsetof<Blocks>("lock"); }
  @inline get cursorAt(): usize { return changetype<usize>(this) + offsetof<Blocks>("cursor"); }
  @inline nextOf(block: u32): u32 { return load<u32>(this.nextBase + (block << 2)); }
  @inline setNext(block: u32, next: u32): void { store<u32>(this.nextBase + (block << 2), next); }
}
