/** A cycle of an execution as a small program: what is left when all that does not matter is gone. */

import { type Event, type FenceKind, TAG } from "../../lkmm/event.js";
import type { Cycle } from "./cycle.js";
import type { Graph } from "./graph.js";

/** What an access orders. */
type StepOrder = "once" | "acquire" | "release" | "full";

/** A step of a process: the places of a process, and of a step in it. */
export interface StepAt {
  readonly process: number;
  readonly step: number;
}

/** One access. */
export interface ShapeStep {
  readonly kind: "read" | "write" | "modify";
  readonly location: string;
  readonly order: StepOrder;
  /** The steps of the same process whose reads gave the address, and the stored value. */
  readonly address: number | undefined;
  readonly data: number | undefined;
  /** For what reads: the step that it sees; undefined: what memory held before. */
  readonly source: StepAt | undefined;
  /** True when nobody says what it reads: only its store is in the cycle. */
  readonly free: boolean;
  /** The access in the recording. */
  readonly origin: number;
}

/** What one CPU does. */
export interface ShapeProcess {
  readonly cpu: number;
  readonly steps: readonly ShapeStep[];
  /** By step: the barriers before it. */
  readonly fences: readonly (readonly FenceKind[])[];
  /** True when it holds one lock around all of its steps. */
  readonly locked?: boolean;
}

/** A small program and one execution of it. */
export interface Shape {
  readonly processes: readonly ShapeProcess[];
  /** By location: the steps that store there, in coherence order. */
  readonly orders: ReadonlyMap<string, readonly StepAt[]>;
}

/** The small program of a cycle. `nameOf` names the location of an event; equal names are one location. */
export function shapeOf(graph: Graph, cycle: Cycle, nameOf: (event: number) => string): Shape {
  const { events, rf, co, origins } = graph;
  const inCycle = withOtherSides(graph, cycle);
  const cpus = [...new Set(cycle.map((event) => at(events, event).process))].sort((a, b) => a - b);
  const where = new Map<number, StepAt>();
  const groups = cpus.map((cpu, process) => {
    const own = [...inCycle].filter((event) => at(events, event).process === cpu).sort((a, b) => a - b);
    const steps = grouped(events, graph.starts, own);
    for (const [step, group] of steps.entries())
      for (const event of group) where.set(event, { process, step });
    return { cpu, steps };
  });
  const writes = [...inCycle].filter((event) => at(events, event).kind === "W");
  const sourceOf = (read: number): StepAt | undefined => {
    const source = writes.find((write) => rf.has(write, read));
    return source === undefined ? undefined : where.get(source);
  };
  const processes = groups.map(({ cpu, steps }): ShapeProcess => {
    const made = steps.map((group, nth): ShapeStep => {
      const [read, write] = sides(events, group);
      const main = (write ?? read) as number;
      const { tags, addr, data } = at(events, main);
      const start = graph.starts[main] ?? 0;
      const from = (indices: readonly number[]): number | undefined => {
        const found = steps.findIndex(
          (other, step) => step < nth && other.some((event) => indices.includes(event - start)),
        );
        return found < 0 ? undefined : found;
      };
      const isModify = (tags & (TAG.rmw | TAG.lockWrite)) !== 0 && write !== undefined;
      return {
        ...{ kind: isModify ? "modify" : write === undefined ? "read" : "write", location: nameOf(main) },
        ...{
          order: orderOf(tags, read === undefined ? tags : at(events, read).tags),
          origin: origins[main] ?? -1,
        },
        ...{ address: from(addr), data: from(data) },
        ...{ source: read === undefined ? undefined : sourceOf(read) },
        free: isModify && (read === undefined || seesOther(graph, read, inCycle)),
      };
    });
    const fences = steps.map((group, nth) => {
      const before = steps[nth - 1]?.at(-1);
      if (before === undefined) return [];
      const found = fencesBetween(events, before, group[0] as number);
      const looks = sides(events, group)[0] !== undefined;
      return looks ? found : found.filter((fence) => fence !== "read-depends");
    });
    return { cpu, steps: made, fences };
  });
  const stored = new Map<string, number[]>();
  for (const write of writes) stored.set(nameOf(write), [...(stored.get(nameOf(write)) ?? []), write]);
  const orders = new Map<string, StepAt[]>();
  for (const [name, all] of stored) {
    const inOrder = all.sort((a, b) => (co.has(a, b) ? -1 : 1));
    orders.set(
      name,
      inOrder.map((write) => where.get(write) as StepAt),
    );
  }
  return { processes, orders };
}

/** The events, the other sides of read-modify-writes among them, and what those saw that their own CPU had stored. */
function withOtherSides({ events, starts, rf }: Graph, cycle: Cycle): Set<number> {
  const all = new Set(cycle);
  const source = rf.inverse();
  for (const event of all) {
    const { rmwOf, process } = at(events, event);
    if (rmwOf === undefined) continue;
    const read = (starts[event] ?? 0) + rmwOf;
    all.add(read);
    for (const store of source.from(read)) if (at(events, store).process === process) all.add(store);
  }
  return all;
}

/** Whether a read sees a store that is not among the events. */
function seesOther({ events, rf }: Graph, read: number, among: ReadonlySet<number>): boolean {
  return rf
    .inverse()
    .from(read)
    .some((store) => at(events, store).process >= 0 && !among.has(store));
}

/** The events of a CPU as steps: the two sides of a read-modify-write are one. */
function grouped(events: readonly Event[], starts: readonly number[], own: readonly number[]): number[][] {
  const steps: number[][] = [];
  for (const event of own) {
    const { rmwOf } = at(events, event);
    const read = rmwOf === undefined ? undefined : (starts[event] ?? 0) + rmwOf;
    const last = steps.at(-1);
    if (read !== undefined && last?.includes(read)) last.push(event);
    else steps.push([event]);
  }
  return steps;
}

function sides(events: readonly Event[], group: readonly number[]): [read?: number, write?: number] {
  return [
    group.find((event) => at(events, event).kind === "R"),
    group.find((event) => at(events, event).kind === "W"),
  ] as [number?, number?];
}

function orderOf(tags: number, readTags: number): StepOrder {
  if ((tags & TAG.full) !== 0) return "full";
  if ((tags & TAG.release) !== 0) return "release";
  return (readTags & TAG.acquire) !== 0 ? "acquire" : "once";
}

/** The barriers between two events of a CPU; a fully ordered read-modify-write between them is one. */
function fencesBetween(events: readonly Event[], from: number, to: number): FenceKind[] {
  const found: FenceKind[] = [];
  const kinds = new Set<FenceKind>();
  for (let event = from + 1; event < to; event++) {
    const { fence, tags } = at(events, event);
    const kind = fence ?? ((tags & TAG.full) !== 0 ? "mb" : undefined);
    if (kind === undefined || kinds.has(kind)) continue;
    kinds.add(kind);
    found.push(kind);
  }
  return kinds.has("mb") ? ["mb"] : found;
}

function at(events: readonly Event[], event: number): Event {
  return events[event] as Event;
}
