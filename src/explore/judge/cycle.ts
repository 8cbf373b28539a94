/** Why an execution is not sequentially consistent: short cycles of program order and communication through a read of an old value. */

import type { Event } from "../../lkmm/event.js";
import type { Relation } from "../../lkmm/relation.js";
import type { Graph } from "./graph.js";

/** Events in order: each comes before the next one, and the last one before the first. */
export type Cycle = readonly number[];

/** The most cycles that are looked at. */
const MOST = 256;

/**
 * The shortest cycles through `last` and `first`, where `last` comes before `first` although it was made later: a read that
 * does not see a store, or a store that lands before another one. Only events that `may` picks are in them.
 */
export function cyclesThrough(
  graph: Graph,
  last: number,
  first: number,
  may: (event: number) => boolean,
): Cycle[] {
  const next = communication(graph);
  const { events } = graph;
  const before = new Map<number, number[]>([[first, []]]);
  let front = [first];
  while (front.length > 0 && !before.has(last)) {
    const reached = new Map<number, number[]>();
    for (const from of front)
      for (const to of next(from)) {
        if (before.has(to) || !(to === last || may(to))) continue;
        const known = reached.get(to) ?? [];
        // From one event of a CPU to the next: two such steps in a row are one.
        known.push(from);
        reached.set(to, known);
      }
    for (const [to, from] of reached) before.set(to, from);
    front = [...reached.keys()];
  }
  const found: Cycle[] = [];
  const follow = (at: number, path: readonly number[]): void => {
    if (found.length >= MOST) return;
    if (at === first) {
      found.push([first, ...path]);
      return;
    }
    for (const from of before.get(at) ?? []) follow(from, [at, ...path]);
  };
  if (before.has(last)) follow(last, []);
  return found.filter((cycle) => cycle.every((event) => events[event]?.kind !== "F"));
}

/** What comes right behind an event: in its CPU, or because another CPU reads it or overwrites it. */
function communication({ events, rf, co, starts }: Graph): (from: number) => number[] {
  const fr = rf.inverse().seq(co);
  const ends = endsOf(events, starts);
  return (from) => {
    const { process } = events[from] as Event;
    const later = process < 0 ? [] : range(from + 1, ends.get(process) ?? 0);
    const isOther = (to: number) => events[to]?.process !== process;
    const across = (relation: Relation) => relation.from(from).filter(isOther);
    return [...later, ...across(rf), ...across(co), ...across(fr)];
  };
}

function endsOf(events: readonly Event[], starts: readonly number[]): Map<number, number> {
  const ends = new Map<number, number>();
  for (const [place, { process }] of events.entries())
    if (process >= 0 && starts[place] !== undefined) ends.set(process, place + 1);
  return ends;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
