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
 * does not see a store, or a store that lands before another one. Only events that `may` picks are in them. `causal`: from
 * one CPU to another only by reads of what the other has stored.
 */
export function cyclesThrough(
  graph: Graph,
  last: number,
  first: number,
  may: (event: number) => boolean,
  causal: boolean,
): Cycle[] {
  const next = communication(graph, causal);
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

/**
 * The pairs of which the first comes before the second although it was made later, on another CPU: reads that do not see a
 * store. If there is none that saw something old, stores that land before older ones.
 */
export function backwards(
  { events, origins, rf, co }: Graph,
  isStale: (event: number) => boolean,
): [number, number][] {
  const found: [number, number][] = [];
  const isBackward = (a: number, b: number) =>
    (origins[a] ?? -1) > (origins[b] ?? -1) &&
    (origins[b] ?? -1) >= 0 &&
    events[a]?.process !== events[b]?.process;
  rf.inverse()
    .seq(co)
    .forEach((read, store) => {
      if (isStale(read) && isBackward(read, store)) found.push([read, store]);
    });
  if (found.length > 0) return found;
  co.forEach((first, second) => {
    if (isBackward(first, second)) found.push([first, second]);
  });
  return found;
}

/**
 * The cycles through `last` and `first` in which each CPU comes to its access by what it has read: the read gave the
 * address, or the value that it stores. The events of the CPU of `first` need not depend on each other.
 */
export function dependentCycles({ events, starts, rf }: Graph, last: number, first: number): Cycle[] {
  const found: Cycle[] = [];
  const source = rf.inverse();
  const home = events[first]?.process;
  const sourcesOf = (event: number): number[] => {
    const { addr = [], data = [] } = events[event] ?? {};
    return [...new Set([...addr, ...data])].map((index) => (starts[event] ?? 0) + index);
  };
  const follow = (event: number, path: readonly number[]): void => {
    if (found.length >= MOST || path.length > LONGEST) return;
    for (const read of sourcesOf(event))
      for (const store of source.from(read)) {
        const { process = -1 } = events[store] ?? {};
        if (process < 0 || path.includes(store)) continue;
        const longer = [store, read, ...path];
        if (process === home) {
          if (store > first) found.push([first, ...longer]);
        } else follow(store, longer);
      }
  };
  follow(last, [last]);
  return found;
}

/** Events of the longest dependent cycle. */
const LONGEST = 10;

/** What comes right behind an event: in its CPU, or because another CPU reads it or overwrites it. */
function communication({ events, rf, co, starts }: Graph, causal: boolean): (from: number) => number[] {
  const fr = rf.inverse().seq(co);
  const ends = endsOf(events, starts);
  return (from) => {
    const { process } = events[from] as Event;
    const later = process < 0 ? [] : range(from + 1, ends.get(process) ?? 0);
    const isOther = (to: number) => events[to]?.process !== process;
    const across = (relation: Relation) => relation.from(from).filter(isOther);
    return [...later, ...across(rf), ...(causal ? [] : [...across(co), ...across(fr)])];
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
