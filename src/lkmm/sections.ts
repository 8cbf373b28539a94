/** Critical sections and grace periods of RCU and SRCU in a list of events. */
import type { Event } from "./event.js";
import { type EventSet, Relation, setOf } from "./relation.js";
import type { Rule } from "./rules.js";

/** Relations about RCU, of one list of events. */
export interface Sections {
  /** [Sync-rcu], [Sync-srcu] and [membarrier]. */
  readonly rcuGp: Relation;
  readonly srcuGp: Relation;
  readonly membarrier: Relation;
  /** From the end of a critical section to its begin. */
  readonly rcuRscsi: Relation;
  readonly srcuRscsi: Relation;
  /** Pairs of events of one srcu_struct. */
  readonly sameDomain: Relation;
  /** True when a grace period and something that it waits for are there. */
  readonly matters: boolean;
  /** What herd7 flags: sections without begin or end. */
  readonly flags: readonly string[];
}

export function sectionsOf(events: readonly Event[], without: ReadonlySet<Rule>): Sections {
  const size = events.length;
  const flags: string[] = [];
  const single = (kind: Event["fence"], off: Rule): Relation => {
    const set: EventSet = setOf(size, (i) => events[i]?.fence === kind && !without.has(off));
    return Relation.identity(size).between(set, undefined);
  };
  const rcuRscsi = new Relation(size);
  const open = new Map<number, number[]>();
  for (const [place, { fence, process }] of events.entries()) {
    const stack = open.get(process) ?? [];
    open.set(process, stack);
    if (fence === "rcu-lock") stack.push(place);
    if (fence !== "rcu-unlock") continue;
    const begin = stack.pop();
    if (begin === undefined) flags.push("unmatched-rcu-unlock");
    else rcuRscsi.add(place, begin);
  }
  if ([...open.values()].some((stack) => stack.length > 0)) flags.push("unmatched-rcu-lock");
  const [srcuRscsi, sameDomain] = [new Relation(size), new Relation(size)];
  const isSrcu = (event: Event) => event.fence?.includes("srcu-") === true || event.fence === "sync-srcu";
  for (const [a, one] of events.entries()) {
    if (!isSrcu(one) || one.fence === "after-srcu-read-unlock") continue;
    let ends = 0;
    for (const [b, other] of events.entries()) {
      if (!isSrcu(other) || other.location !== one.location) continue;
      sameDomain.add(a, b);
      if (one.fence !== "srcu-lock" || other.fence !== "srcu-unlock" || one.value !== other.value) continue;
      srcuRscsi.add(b, a);
      ends++;
    }
    if (one.fence === "srcu-lock" && ends !== 1)
      flags.push(ends === 0 ? "unmatched-srcu-lock" : "multiple-srcu-matches");
    if (one.fence === "srcu-unlock" && srcuRscsi.from(a).length === 0 && !hasBegin(events, one))
      flags.push("unmatched-srcu-unlock");
  }
  const rcuGp = single("sync-rcu", "rcu");
  const srcuGp = single("sync-srcu", "srcu");
  const membarrier = single("membarrier", "membarrier");
  const matters =
    (!rcuGp.isEmpty() && !rcuRscsi.isEmpty()) ||
    (!srcuGp.isEmpty() && !srcuRscsi.isEmpty()) ||
    !membarrier.isEmpty();
  return {
    rcuGp,
    srcuGp,
    membarrier,
    rcuRscsi,
    srcuRscsi,
    sameDomain,
    matters,
    flags: [...new Set(flags)],
  };
}

function hasBegin(events: readonly Event[], end: Event): boolean {
  return events.some(
    ({ fence, value, location }) => fence === "srcu-lock" && value === end.value && location === end.location,
  );
}
