/** A new page goes to its list at once. Argued in October 2008. */

import { thisCpu } from "../arch/cpu";
import { Page } from "../obj/page";

/** Adds a page. One of the caller's references goes to the list. */
@inline
export function lruAdd(page: Page): void {
  const cpu = thisCpu();
  cpu.setBatchPage(0, changetype<u32>(page));
  cpu.lruBatch = 1;
  drainBatch(cpu);
}
