/** What memory that nobody uses holds in a machine that has run for long: something. */

import type { Control } from "./control.js";

/** Each byte of it. As a word it is none that programs and races store. */
const DIRT = 0xeeee_eeee;

/**
 * Fills the frames, swap slots and blocks that nobody uses. A page that was not zeroed, written or read shows then, the first
 * time that its memory is used. `onFill` hears of each range. The engine must be quiescent, and must not have swapped
 * anything out or written anything back yet.
 */
export function leaveDirt(control: Control, onFill?: (at: number, bytes: number) => void): void {
  const { layout, view } = control;
  const content = control.get("content");
  if (content === layout.constant("CONTENT_NONE")) return;
  const bytes = content === layout.constant("CONTENT_FULL") ? layout.constant("PAGE_SIZE") : 8;
  const fill = (at: number, length: number): void => {
    for (let word = at; word < at + length; word += 4) view.setU32(word, DIRT);
    onFill?.(at, length);
  };
  const page = layout.struct("Page");
  for (let frame = 1; frame <= control.get("frames"); frame++) {
    const refcount = control.get("pageBase") + frame * page.size + page.offset("refcount");
    if (view.u32(refcount) === 0) fill(control.get("contentBase") + frame * bytes, bytes);
  }
  for (const [place, name, count] of [
    ["SWAP", "Swap", "slots"],
    ["BLOCKS", "Blocks", "blocks"],
  ] as const) {
    const at = layout.constant(place);
    const struct = layout.struct(name);
    const all = view.u32(at + struct.offset(count));
    if (all !== 0) fill(view.u32(at + struct.offset("contentBase")), all * bytes);
  }
}
