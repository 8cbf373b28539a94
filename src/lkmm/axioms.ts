/** The axioms of the Linux-kernel memory model, as linux-kernel.cat states them. */
import type { Frame } from "./frame.js";
import { orderOf, type Witness } from "./order.js";
import { plainViolation, racesOf } from "./plain.js";
import { rcuOrder } from "./rcu.js";
import type { Judging, Violation } from "./rules.js";
import type { Sections } from "./sections.js";
import { storeOrder } from "./store-order.js";

/** The verdict on one execution. */
export interface Judgement {
  readonly violation: Violation | undefined;
  /** True for an execution without violation in which a plain access races. */
  readonly race: boolean;
}

/** Judges an execution whose coherence and atomicity hold: its candidates are made so. */
export function judge(
  frame: Frame,
  sections: Sections,
  witness: Witness,
  how: Judging,
  races = false,
): Judgement {
  const { model, without } = how;
  const found = (violation: Violation): Judgement => ({ violation, race: false });
  if (model === "sc" || model === "tso" || model === "pso") {
    const order = storeOrder(frame, witness, model);
    if (!without.has("store-order") && !order.isAcyclic())
      return found({ axiom: "store-order", relation: order });
  }
  const order = orderOf(frame, witness, how);
  const { hb, pb } = order;
  if (!without.has("thin-air") && frame.hasPlain) {
    const causes = frame.data.or(witness.rf);
    if (!causes.isAcyclic()) return found({ axiom: "thin-air", relation: causes });
  }
  if (!without.has("happens-before") && !hb.isAcyclic())
    return found({ axiom: "happens-before", relation: hb });
  if (!without.has("propagation") && !pb.isAcyclic()) return found({ axiom: "propagation", relation: pb });
  const rcu = sections.matters && !without.has("rcu") ? rcuOrder(frame, sections, order) : undefined;
  if (rcu !== undefined && rcu.rb.reflexive() !== undefined) return found({ axiom: "rcu", relation: rcu.rb });
  if (!frame.hasPlain) return { violation: undefined, race: false };
  const bad = without.has("plain-coherence") ? undefined : plainViolation(frame, order, rcu);
  if (bad !== undefined) return found({ axiom: "plain-coherence", relation: bad });
  return { violation: undefined, race: races && !without.has("data-race") && racesOf(frame, order, rcu) };
}
