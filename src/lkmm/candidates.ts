/** For one location: who may read from whom, and in which order its writes may reach memory. */
import type { Event } from "./event.js";
import type { Rule } from "./rules.js";
import type { Steps } from "./steps.js";

/** One candidate: the writes in coherence order, and the write that each read reads from. */
export interface Candidate {
  readonly location: string;
  readonly order: readonly number[];
  /** In the order of the location's reads. */
  readonly sources: readonly number[];
  readonly reads: readonly number[];
}

/** Candidates of one location before we give up. */
const MOST = 100_000;

/** A location has more candidates than we look at. */
export class TooManyCandidates extends Error {}

/**
 * The candidates of a location that respect coherence and atomicity. `reads` and `writes` are places in `events`, in
 * program order; the first write is the initial one. Yields before each choice. `starts` as in Frame. Throws TooManyCandidates.
 */
export function* candidatesOf(
  events: readonly Event[],
  starts: readonly number[],
  location: string,
  reads: readonly number[],
  writes: readonly number[],
  without: ReadonlySet<Rule>,
): Steps<Candidate[]> {
  const found: Candidate[] = [];
  const [initial = 0, ...others] = writes;
  const isCoherent = !without.has("coherence");
  const isAtomic = !without.has("atomicity");
  const at = (place: number) => events[place] as Event;
  const isBefore = (a: number, b: number) => at(a).process === at(b).process && at(a).index < at(b).index;
  const order = [initial];
  const position = new Map<number, number>([[initial, 0]]);
  const sources: number[] = [];

  /** True when a read may read from the write at a place of the order. */
  const fits = (read: number, place: number, nth: number): boolean => {
    const source = order[place];
    if (source === undefined || at(source).value !== at(read).value) return false;
    if (isCoherent) {
      for (const [other, write] of order.entries()) {
        if (isBefore(write, read) && place < other) return false;
        if (isBefore(read, write) && place >= other) return false;
      }
      for (let earlier = 0; earlier < nth; earlier++) {
        const other = reads[earlier] ?? 0;
        if (isBefore(other, read) && (position.get(sources[earlier] ?? 0) ?? 0) > place) return false;
      }
    }
    if (!isAtomic) return true;
    const own = order.findIndex((write) => readOf(write) === read);
    return own < 0 || own === place + 1;
  };
  /** The read of a write that is part of a read-modify-write. */
  const readOf = (write: number): number | undefined => {
    const { rmwOf } = at(write);
    return rmwOf === undefined ? undefined : (starts[write] ?? 0) + rmwOf;
  };
  function* assign(nth: number): Steps<void> {
    const read = reads[nth];
    if (read === undefined) {
      if (found.length >= MOST) throw new TooManyCandidates();
      found.push({ location, order: [...order], sources: [...sources], reads });
      return;
    }
    yield;
    for (let place = 0; place < order.length; place++) {
      if (!fits(read, place, nth)) continue;
      sources.push(order[place] ?? 0);
      yield* assign(nth + 1);
      sources.pop();
    }
  }
  function* arrange(): Steps<void> {
    yield;
    if (order.length === writes.length) {
      yield* assign(0);
      return;
    }
    for (const write of others) {
      if (position.has(write)) continue;
      if (isCoherent && others.some((other) => !position.has(other) && isBefore(other, write))) continue;
      const read = readOf(write);
      const last = order.at(-1) ?? initial;
      if (isAtomic && read !== undefined && at(read).value !== at(last).value) continue;
      position.set(write, order.push(write) - 1);
      yield* arrange();
      order.pop();
      position.delete(write);
    }
  }
  yield* arrange();
  return found;
}
