/** The content of a frame: nothing, one word, or 4 KiB, as the host chose at boot. */

import { readOnce64, writeOnce64 } from "../arch/access";
import { ctl } from "../arch/cpu";
import { CONTENT_FULL, CONTENT_NONE, CONTENT_WORD, PAGE_SHIFT, PAGE_SIZE } from "../layout";
import { Page } from "../obj/page";
import { frameNumber } from "./frame";

/** Address of a frame's first word. Only where frames have content. */
@inline
function contentOf(page: Page, content: u32): usize {
  const shift: u32 = content == CONTENT_WORD ? 3 : PAGE_SHIFT;
  return ctl().contentBase + (frameNumber(page) << shift);
}

/** Address of a frame's content. Only where frames have content. */
export function contentAt(page: Page): usize {
  return contentOf(page, ctl().content);
}

/** Makes the content all zero. The frame is not mapped yet. */
@inline
export function contentZero(page: Page): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  const at = contentOf(page, content);
  if (content == CONTENT_WORD) store<u64>(at, 0);
  else memory.fill(at, 0, PAGE_SIZE);
}

/**
 * Copies the content. `to` is not mapped yet. `from` cannot change, because all its entries are read-only, unless it is
 * a file's page.
 */
@inline
export function contentCopy(to: Page, from: Page): void {
  const content = ctl().content;
  if (content != CONTENT_NONE) contentCopyOut(contentOf(to, content), from, content);
}

/** Copies a page's content to `to`, where nobody else looks. There is content: `content` says how much. */
@inline
export function contentCopyOut(to: usize, from: Page, content: u32): void {
  // RACE: a CPU may write a shared file page meanwhile. The copy then holds either value of a word, as on real
  // machines.
  if (content == CONTENT_WORD) store<u64>(to, readOnce64(contentOf(from, content)));
  else memory.copy(to, contentOf(from, content), PAGE_SIZE);
}

/** Orders two pages by content: below 0, 0, above 0. Meaningless where frames have none. */
export function contentCompare(a: Page, b: Page): i32 {
  const content = ctl().content;
  const words: u32 = content == CONTENT_FULL ? PAGE_SIZE >> 3 : 1;
  const x = contentOf(a, content);
  const y = contentOf(b, content);
  for (let i: u32 = 0; i < words; i++) {
    // RACE: a writable page may change meanwhile. Who acts on the answer compares again when nobody can write.
    const p = readOnce64(x + (i << 3));
    const q = readOnce64(y + (i << 3));
    if (p != q) return p < q ? -1 : 1;
  }
  return 0;
}

/** A checksum: equal pages have equal ones (FNV-1a over words). */
export function contentChecksum(page: Page): u64 {
  const content = ctl().content;
  const words: u32 = content == CONTENT_FULL ? PAGE_SIZE >> 3 : 1;
  const at = contentOf(page, content);
  let sum: u64 = 0xcbf2_9ce4_8422_2325;
  for (let i: u32 = 0; i < words; i++) sum = (sum ^ readOnce64(at + (i << 3))) * 0x100_0000_01b3;
  return sum;
}

/** The word at byte `offset`, a multiple of 8. Content of one word has that word at every offset. */
@inline
export function contentLoad(page: Page, offset: u32): u64 {
  const content = ctl().content;
  if (content == CONTENT_NONE) return 0;
  return readOnce64(contentOf(page, content) + (content == CONTENT_FULL ? offset : 0));
}

/** Stores a word at byte `offset` (a multiple of 8). */
@inline
export function contentStore(page: Page, offset: u32, value: u64): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  writeOnce64(contentOf(page, content) + (content == CONTENT_FULL ? offset : 0), value);
}

/**
 * Loads 2^size bytes at an address inside of a frame's content, the low byte first. Frames have all of their bytes.
 */
export function contentLoadPart(at: usize, size: u32): u64 {
  // RACE: other CPUs may store meanwhile. On real machines it is the same: an access inside of a word is one step, and
  // one across words need not be.
  if (size == 0) return load<u8>(at);
  if (size == 1) return load<u16>(at);
  if (size == 2) return load<u32>(at);
  return (at & 7) == 0 ? readOnce64(at) : load<u64>(at);
}

/** Stores the low 2^size bytes of `value` there. */
export function contentStorePart(at: usize, size: u32, value: u64): void {
  // RACE: as in contentLoadPart.
  if (size == 0) store<u8>(at, <u8>value);
  else if (size == 1) store<u16>(at, <u16>value);
  else if (size == 2) store<u32>(at, <u32>value);
  else if ((at & 7) == 0) writeOnce64(at, value);
  else store<u64>(at, value);
}
