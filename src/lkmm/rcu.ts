/** RCU, SRCU and membarrier: a grace period waits for the critical sections that it finds. */

import type { Frame } from "./frame.js";
import type { Order } from "./order.js";
import type { Relation } from "./relation.js";
import type { Sections } from "./sections.js";

export interface RcuOrder {
  /** `po ; rcu-order ; po?` */
  readonly fence: Relation;
  /** What the axiom is about: it must relate no event with itself. */
  readonly rb: Relation;
}

/** The relations `rcu-fence` and `rb` of linux-kernel.cat, and the same for membarrier. */
export function rcuOrder(frame: Frame, sections: Sections, { prop, hb, pb }: Order): RcuOrder {
  const { po, maybePo, marked } = frame;
  const { rcuGp, srcuGp, membarrier, rcuRscsi, srcuRscsi, sameDomain } = sections;
  const later = hb.star().seq(pb.star());
  const link = maybePo.seq(later).seq(prop).seq(po);
  const isSrcu = !srcuGp.isEmpty();
  const isMembarrier = !membarrier.isEmpty();
  let order = rcuGp.or(srcuGp, membarrier);
  for (;;) {
    const linked = link.seq(order);
    // Between a grace period and the section that it is paired with: a link, or more pairs between two links.
    const path = link.or(linked.seq(link));
    const parts = [rcuGp.seq(path).seq(rcuRscsi), rcuRscsi.seq(path).seq(rcuGp), order.seq(linked)];
    if (isSrcu)
      parts.push(
        srcuGp.seq(path).seq(srcuRscsi).and(sameDomain),
        srcuRscsi.seq(path).seq(srcuGp).and(sameDomain),
      );
    // A membarrier is between two instructions of each CPU: of two accesses in program order, the later one is
    // behind it, or the earlier one is before it.
    if (isMembarrier) parts.push(membarrier.seq(path), po.seq(path).seq(membarrier));
    const next = order.or(...parts);
    if (next.equals(order)) break;
    order = next;
  }
  const fence = po.seq(order).seq(maybePo);
  return { fence, rb: prop.between(marked, undefined).seq(fence).seq(later).between(undefined, marked) };
}
