/**
 * Whether an execution can happen on CPUs that go through their programs in order: each read comes behind the store that it
 * reads. With RCU, for each critical section and each grace period one of two things must be true as well: the section
 * comes first and is over before the grace period is, or the grace period comes first and begins before the section. And
 * this choice must be one that the axioms allow.
 */
import type { Event } from "../../dist/lkmm/event.js";
import type { Execution } from "../../dist/lkmm/executions.js";
import { orderOf } from "../../dist/lkmm/order.js";
import { Relation } from "../../dist/lkmm/relation.js";
import type { Judging } from "../../dist/lkmm/rules.js";

/** A critical section, by the places of its ends. Those within another one add nothing. */
interface Section {
  readonly begin: number;
  readonly end: number;
}

export function isInTime({ events, frame, rf, co, sections }: Execution, how: Judging): boolean {
  if (!frame.po.or(rf).isAcyclic()) return false;
  if (!sections.matters) return true;
  const { po, size } = frame;
  const graces = [...events.keys()].filter((place) => events[place]?.fence === "sync-rcu");
  const pairs = outermost(events).flatMap((section) => graces.map((grace, nth) => ({ section, grace, nth })));
  const order = orderOf(frame, { rf, co }, how);
  const begin = order.prop.between(frame.marked, undefined);
  const later = order.hb.star();
  // The end of a grace period is an event of its own, right behind its begin.
  const time = new Relation(size + graces.length);
  po.or(rf).forEach((a, b) => {
    time.add(a, b);
  });
  for (const [nth, grace] of graces.entries()) {
    time.add(grace, size + nth);
    for (const behind of po.from(grace)) time.add(size + nth, behind);
  }
  for (let choice = 0; choice < 2 ** pairs.length; choice++) {
    const when = time.or();
    const fence = new Relation(size);
    for (const [bit, { section, grace, nth }] of pairs.entries()) {
      const isSection = ((choice >>> bit) & 1) === 1;
      const [first, second] = isSection ? [section.end, grace] : [grace, section.begin];
      if (isSection) when.add(section.end, size + nth);
      else when.add(grace, section.begin);
      for (const a of po.inverse().from(first)) for (const b of po.from(second)) fence.add(a, b);
    }
    if (!when.isAcyclic()) continue;
    if (order.pb.or(begin.seq(fence).seq(later).between(undefined, frame.marked)).isAcyclic()) return true;
  }
  return false;
}

/** The critical sections that are in no other one. */
function outermost(events: readonly Event[]): Section[] {
  const found: Section[] = [];
  let depth = 0;
  let begin = 0;
  for (const [place, { fence }] of events.entries()) {
    if (fence === "rcu-lock" && depth++ === 0) begin = place;
    if (fence === "rcu-unlock" && --depth === 0) found.push({ begin, end: place });
  }
  return found;
}
