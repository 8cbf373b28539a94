/**
 * The store behind the page cache: blocks in memory, as many as the host asked for, each with room for one page's
 * content. A page that was written back has a block. When its frame is reclaimed, the block's item takes the page's
 * place in the file's tree, and the next reader gets the content from the block.
 *
 *   item    block << 1 | 1: odd and below every struct page's address, so that it is never taken for one
 *   a block's word, while it is free: next free block, plus one
 *
 * The free list is under `lock`. A block's content changes only while its page is in the cache and locked.
 */
@unmanaged
export class Blocks {
  /** Spinlock over the free list. */
  lock: u32;
  /** Number of blocks. */
  blocks: u32;
  /** Number of free blocks. */
  free: u32;
  /** First free block plus one; 0: none. */
  firstFree: u32;
  /** One u32 for each block. */
  nextBase: u32;
  /** Content of the blocks. */
  contentBase: u32;
  /** The frame's number at which writeback goes on looking for dirty pages. A hint. */
  cursor: u32;
  pad: u32;

  @inline get lockAt(): usize {
    return changetype<usize>(this) + offsetof<Blocks>("lock");
  }

  @inline get freeAt(): usize {
    return changetype<usize>(this) + offsetof<Blocks>("free");
  }

  @inline get cursorAt(): usize {
    return changetype<usize>(this) + offsetof<Blocks>("cursor");
  }

  @inline nextOf(block: u32): u32 {
    return load<u32>(this.nextBase + (block << 2));
  }

  @inline setNext(block: u32, next: u32): void {
    store<u32>(this.nextBase + (block << 2), next);
  }
}
