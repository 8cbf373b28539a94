/** The models of machines with store buffers: sc, tso and pso. */

import { TAG } from "./event.js";
import type { Frame } from "./frame.js";
import type { Witness } from "./order.js";
import { type Relation, setOf } from "./relation.js";

/**
 * The relation that must have no cycle. `sc`: the program's order and communication. `tso`: the same, without the order
 * from a write to a later read of its process. `pso`: also without the order of two writes, unless a write barrier, a
 * release or a full barrier keeps it. A read-modify-write performs in memory at once: what follows it in its process
 * waits for it.
 */
export function storeOrder(frame: Frame, { rf, co }: Witness, model: "sc" | "tso" | "pso"): Relation {
  const { po, internal, accesses, reads, writes, events } = frame;
  const fr = rf.inverse().seq(co);
  const all = po.between(accesses, accesses);
  if (model === "sc") return all.or(rf, co, fr);
  const atomicWrites = setOf(
    frame.size,
    (i) => events[i]?.kind === "W" && ((events[i]?.tags ?? 0) & (TAG.rmw | TAG.lockWrite)) !== 0,
  );
  const kept = [
    po.between(reads, accesses),
    po.between(atomicWrites, accesses),
    frame.mb,
    frame.gp.between(accesses, accesses),
    frame.acquirePo,
    frame.poRelease,
    model === "tso" ? po.between(writes, writes) : frame.wmb,
  ];
  return co.or(fr, rf.minus(internal), ...kept);
}
