/** Copies content between frames and slots. */

import { ctl } from "../arch/cpu";
import { CONTENT_FULL, CONTENT_NONE, CONTENT_WORD, PAGE_SHIFT, PAGE_SIZE } from "../layout";
import { contentAt, contentCopyOut } from "../mem/content";
import { Page } from "../obj/page";
import { swapArea } from "./area";

@inline
function slotAt(slot: u32, content: u32): usize {
  return swapArea().contentBase + (slot << (content == CONTENT_WORD ? 3 : PAGE_SHIFT));
}

/** Address of a slot's content. Only where frames have content. */
export function slotContentAt(slot: u32): usize {
  return slotAt(slot, ctl().content);
}

/** Writes an unmapped page to its slot. */
export function swapWrite(page: Page): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  // RACE: the last process may have dropped the page just now, and nothing orders its last store before this copy. No
  // entry names the slot then, so nobody reads what the copy holds.
  contentCopyOut(slotAt(page.priv, content), page, content);
}

/** Reads a page from its slot. */
export function swapRead(page: Page): void {
  const content = ctl().content;
  if (content == CONTENT_NONE) return;
  memory.copy(contentAt(page), slotAt(page.priv, content), content == CONTENT_FULL ? PAGE_SIZE : 8);
}
