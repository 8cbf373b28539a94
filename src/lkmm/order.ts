/** What orders the events of an execution: the relations of linux-kernel.cat up to `pb`, under its names. */
import type { Frame } from "./frame.js";
import { Relation } from "./relation.js";
import type { Judging } from "./rules.js";

/** Who reads from whom, and in which order writes reach memory. */
export interface Witness {
  readonly rf: Relation;
  readonly co: Relation;
}

/** What the axioms make of an execution; relations that plain accesses need too. */
export interface Order {
  readonly rf: Relation;
  readonly co: Relation;
  readonly fr: Relation;
  readonly rfe: Relation;
  readonly strongFence: Relation;
  readonly nonrwFence: Relation;
  readonly fence: Relation;
  readonly addr: Relation;
  readonly cumulFenceStar: Relation;
  readonly rmwSequence: Relation;
  readonly prop: Relation;
  readonly hb: Relation;
  readonly pb: Relation;
}

/** The relations of linux-kernel.cat up to `pb`. */
export function orderOf(frame: Frame, { rf, co }: Witness, { model, without }: Judging): Order {
  const { internal, marked, accesses, writes, po } = frame;
  const none = new Relation(frame.size);
  const isPairwise = model === "pairwise";
  const external = (relation: Relation) => relation.minus(internal);
  const onMarked = (relation: Relation) => (frame.hasPlain ? relation.between(marked, marked) : relation);
  const fr = rf.inverse().seq(co);
  const rfe = external(rf);
  const rfi = rf.and(internal);
  const handover =
    frame.hasLocks && !without.has("lock-handover")
      ? po.between(undefined, frame.unlocks).seq(po.or(rf).between(undefined, frame.lockReads)).seq(po)
      : none;
  const mb = frame.mb.or(handover.seq(frame.afterUnlockLock).between(accesses, accesses));
  const strongFence = mb.or(frame.gp);
  const nonrwFence = strongFence.or(frame.poRelease, frame.acquirePo);
  const fence = nonrwFence.or(frame.wmb, frame.rmb);
  const carries = frame.hasPlain && !without.has("carried-dependency");
  const carry = carries ? frame.data.seq(rfi).star() : undefined;
  const carried = (relation: Relation) => carry?.seq(relation) ?? relation;
  const [addr, data, ctrl] = [carried(frame.addr), carried(frame.data), carried(frame.ctrl)];
  const overwrite = co.or(fr);
  const toWrite = addr
    .or(data, ctrl)
    .between(undefined, writes)
    .or(
      without.has("same-location") ? none : overwrite.and(internal),
      without.has("plain-address") || !frame.hasPlain
        ? none
        : addr.between(undefined, frame.plain).seq(frame.wmb),
    );
  const isAlpha = model === "alpha";
  // On Alpha a load does not wait for the load that gave its address, unless smp_read_barrier_depends() says so.
  const toRead = (isAlpha ? addr.and(frame.readDepends) : addr).between(undefined, frame.reads);
  const forwarded = without.has("forwarding")
    ? none
    : (isAlpha ? data : addr.or(data)).between(undefined, marked).seq(rfi);
  const ppo = toRead.or(toWrite, forwarded, fence.and(internal), handover.and(internal));
  const cumulative = (relation: Relation) =>
    without.has("cumulativity") ? relation : relation.or(rfe.between(undefined, marked).seq(relation));
  const rmwSequence =
    frame.hasRmw && !without.has("rmw-sequence") ? rf.seq(frame.rmw).star() : Relation.identity(frame.size);
  const releases = strongFence.or(frame.poRelease);
  // A grace period has to do with every CPU, and an unlock with whoever takes the lock next.
  const propagating = isPairwise
    ? releases.or(cumulative(frame.gp.or(frame.poRelease.between(undefined, frame.givesBack))))
    : cumulative(releases);
  const oneFence = onMarked(propagating.or(frame.wmb, handover));
  const cumulFenceStar = (frame.hasRmw ? oneFence.seq(rmwSequence) : oneFence).star();
  const begin = external(overwrite)
    .maybe()
    .between(marked, undefined)
    .seq(cumulFenceStar)
    .between(undefined, marked);
  const prop = begin.seq(rfe.maybe()).between(undefined, marked);
  const hb = onMarked(ppo.or(rfe, prop.minus(Relation.identity(frame.size)).and(internal)));
  const strong = isPairwise ? begin.seq(mb).or(prop.seq(frame.gp)) : prop.seq(strongFence);
  const pb = strong.seq(hb.star()).between(undefined, marked);
  return { rf, co, fr, rfe, strongFence, nonrwFence, fence, addr, cumulFenceStar, rmwSequence, prop, hb, pb };
}
