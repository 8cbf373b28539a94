/** Notes the KSM node of a merged page that is freed. Whoever holds the KSM mutex next drops the node. */

import { readOnce32 } from "../arch/access";
import { cmpxchg32 } from "../arch/rmw";
import { KSM } from "../layout";
import { KsmCtl, KsmNode } from "../obj/ksm";
import { mappingOwner } from "../obj/page";

/**
 * Pushes the node that a merged page's mapping word names onto the stack of stale nodes. Called once for each page,
 * before the word is cleared, so that a node without its page is on the stack. The exchange publishes staleNext. Pairs
 * with dropStaleNodes in ksm/node.ts.
 */
export function noteStaleNode(mapping: u32): void {
  const node = mappingOwner(mapping);
  const at = changetype<KsmCtl>(KSM).staleAt;
  while (true) {
    const head = readOnce32(at);
    changetype<KsmNode>(node).staleNext = head;
    if (cmpxchg32(at, head, node) == head) return;
  }
}
