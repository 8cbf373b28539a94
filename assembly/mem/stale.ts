/** A merged page is freed: KSM's node of it is noted, to be dropped by whoever next holds the KSM mutex. */

import { readOnce32 } from "../arch/access";
import { cmpxchg32 } from "../arch/rmw";
import { KSM } from "../layout";
import { KsmCtl, KsmNode } from "../obj/ksm";
import { mappingOwner } from "../obj/page";

/** Notes the node of a merged page's mapping word. Once a page, before the word is cleared: a node without its page is on the stack. */
export function noteStaleNode(mapping: u32): void {
  const node = mappingOwner(mapping);
  const at = changetype<KsmCtl>(KSM).staleAt;
  while (true) {
    const head = readOnce32(at);
    changetype<KsmNode>(node).staleNext = head;
    if (cmpxchg32(at, head, node) == head) return;
  }
}
