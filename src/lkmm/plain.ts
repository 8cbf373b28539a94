/** Plain accesses: what they must respect all the same, and when they race. */

import type { Frame } from "./frame.js";
import type { Order } from "./order.js";
import type { RcuOrder } from "./rcu.js";
import { contains, Relation, setOf } from "./relation.js";

/** The relations of linux-kernel.cat about plain accesses. */
interface Visibility {
  readonly preRace: Relation;
  readonly wwVis: Relation;
  readonly wrVis: Relation;
  readonly rwXbstar: Relation;
}

/** The pairs that `plain-coherence` forbids; undefined when there are none. */
export function plainViolation(frame: Frame, order: Order, rcu: RcuOrder | undefined): Relation | undefined {
  const { preRace, wwVis, wrVis, rwXbstar } = visibilityOf(frame, order, rcu);
  const bad = order.rf
    .and(rwXbstar.inverse())
    .or(order.fr.and(wrVis.inverse()), order.co.and(wwVis.inverse()))
    .and(preRace);
  return bad.isEmpty() ? undefined : bad;
}

/** True when two accesses race: one of them is plain and one writes, and nothing orders them. */
export function racesOf(frame: Frame, order: Order, rcu: RcuOrder | undefined): boolean {
  const { preRace, wwVis, wrVis, rwXbstar } = visibilityOf(frame, order, rcu);
  const { marked, writes } = frame;
  const { co, rf, fr } = order;
  const wwNonrace = rwXbstar
    .or(wwVis.between(marked, writes))
    .and(wrVis.or(wwVis.between(writes, marked)))
    .and(wwVis);
  const wwRace = preRace.and(co).minus(wwNonrace);
  const wrRace = preRace.and(co.maybe().seq(rf)).minus(wrVis).minus(rwXbstar.inverse());
  const rwRace = preRace.and(fr).minus(rwXbstar);
  return !wwRace.or(wrRace, rwRace).isEmpty();
}

function visibilityOf(frame: Frame, order: Order, rcu: RcuOrder | undefined): Visibility {
  const { marked, internal, accesses, plain, returning, readsForRmb } = frame;
  const { hb, pb, rfe, cumulFenceStar, addr, nonrwFence, rmwSequence } = order;
  const fence = rcu === undefined ? order.fence : order.fence.or(rcu.fence);
  const strong = rcu === undefined ? order.strongFence : order.strongFence.or(rcu.fence);
  const xbstar = (rcu === undefined ? hb.or(pb) : hb.or(pb, rcu.rb)).star();
  const strongThen = strong.between(undefined, marked).seq(xbstar);
  const vis = cumulFenceStar
    .seq(rfe.maybe())
    .between(undefined, marked)
    .seq(strongThen.or(xbstar.and(internal)));
  const wPre = addr.or(fence).maybe().between(marked, undefined);
  const rPre = addr
    .or(nonrwFence, frame.aroundRmb.between(readsForRmb, returning))
    .maybe()
    .between(marked, undefined);
  const wPost = fence.maybe().between(undefined, marked).seq(rmwSequence);
  const rPost = nonrwFence
    .or(frame.aroundRmb.between(returning, readsForRmb))
    .maybe()
    .between(undefined, marked);
  const initial = setOf(frame.size, (i) => frame.events[i]?.process === -1);
  const preRace = new Relation(frame.size);
  for (let a = 0; a < frame.size; a++)
    for (let b = 0; b < frame.size; b++) {
      if (!contains(accesses, a) || !contains(accesses, b) || internal.has(a, b)) continue;
      if (contains(plain, a) || (contains(plain, b) && !contains(initial, a))) preRace.add(a, b);
    }
  return {
    preRace,
    wwVis: fence.or(strongThen.seq(wPre), wPost.seq(vis).seq(wPre)),
    wrVis: fence.or(strongThen.seq(rPre), wPost.seq(vis).seq(rPre)),
    rwXbstar: fence.or(rPost.seq(xbstar).seq(wPre)),
  };
}
