/** The ways through a process as a tree: what it may do next, by what it has read. */
import type { Event, FenceKind, Path } from "./event.js";
import type { Value } from "./value.js";

/** A place in a process. */
export interface Program {
  /** Its number, different for each place of a process. */
  readonly number: number;
  /** What may come next: one event, or a read with each value that it may have. None: the process is over. */
  readonly steps: readonly Step[];
  /** Registers at the end. */
  readonly registers: ReadonlyMap<string, Value> | undefined;
  /** Locations that it may still access, and write. */
  readonly locations: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  /** The kinds of barriers to which it may still come. */
  readonly fences: ReadonlySet<FenceKind>;
}

interface Step {
  readonly event: Event;
  readonly next: Program;
}

/** The tree of the ways through a process. */
export function programOf(paths: readonly Path[]): Program {
  let count = 0;
  const build = (ways: readonly Path[], depth: number): Program => {
    const number = count++;
    const groups = new Map<string, Path[]>();
    for (const way of ways) {
      const event = way.events[depth];
      if (event === undefined) continue;
      const key = JSON.stringify([event, way.events[depth + 1]?.rmwOf === event.index]);
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [way]);
      else group.push(way);
    }
    const steps: Step[] = [];
    for (const group of groups.values()) {
      const event = group[0]?.events[depth];
      if (event !== undefined) steps.push({ event, next: build(group, depth + 1) });
    }
    const over = ways.find(({ events }) => events.length === depth);
    const accesses = (only: (event: Event) => boolean, of: (next: Program) => ReadonlySet<string>) =>
      new Set(
        steps.flatMap(({ event, next }) => [
          ...(event.kind !== "F" && only(event) ? [event.location] : []),
          ...of(next),
        ]),
      );
    const fences = steps.flatMap(({ event: { fence }, next }) => [
      ...(fence === undefined ? [] : [fence]),
      ...next.fences,
    ]);
    return {
      number,
      steps,
      fences: new Set(fences),
      registers: over?.registers,
      locations: accesses(
        () => true,
        ({ locations }) => locations,
      ),
      writes: accesses(
        ({ kind }) => kind === "W",
        ({ writes }) => writes,
      ),
    };
  };
  return build(paths, 0);
}
