/** All executions of a litmus test that a model allows, location by location. */
import { type Judgement, judge } from "./axioms.js";
import { type Candidate, candidatesOf } from "./candidates.js";
import { type Condition, holds, type Lookup } from "./condition.js";
import { type Event, initialWrite, type Path } from "./event.js";
import { Frame } from "./frame.js";
import { Relation } from "./relation.js";
import type { Judging } from "./rules.js";
import { type Sections, sectionsOf } from "./sections.js";
import type { Steps } from "./steps.js";
import type { Litmus } from "./syntax.js";

/** An execution that was judged. */
export interface Execution {
  readonly events: readonly Event[];
  readonly frame: Frame;
  readonly sections: Sections;
  readonly rf: Relation;
  readonly co: Relation;
  /** Values of registers and locations at the end. */
  readonly look: Lookup;
  readonly judgement: Judgement;
}

/** What to look for. */
export interface Search {
  /** Only executions at whose end the condition has this value; undefined for all. */
  readonly wanted: boolean | undefined;
  /** Whether to look for data races. */
  readonly races: boolean;
  /** True: visit those too that the model forbids. */
  readonly forbidden?: boolean;
  /** Called with each execution; true ends the search. */
  readonly visit: (execution: Execution) => boolean;
}

/** Events of one execution, before we give up: a relation on them is a matrix. */
const MOST_EVENTS = 1000;

/** An execution has more events than we look at. */
export class TooManyEvents extends Error {}

/** From this many candidate executions on, a part of one is judged before the rest is tried. */
const MANY = 8;

/** Looks through the executions of a test; yields before each step. True when a visit ended the search. */
export function* search(
  test: Litmus,
  paths: readonly (readonly Path[])[],
  how: Judging,
  what: Search,
): Steps<boolean> {
  const chosen: Path[] = [];
  const look: Lookup = ({ process, name }) =>
    process < 0 ? undefined : chosen[process] && (chosen[process].registers.get(name) ?? 0);
  const supply = new Supply(test, paths);
  function* descend(number: number): Steps<boolean> {
    yield;
    if (!mayHold(test, look, what.wanted)) return false;
    if (number === paths.length) return yield* new Combination(test, chosen, how, what).run();
    for (const path of paths[number] ?? []) {
      chosen.push(path);
      if (supply.suffices(chosen) && (yield* descend(number + 1))) return true;
      chosen.pop();
    }
    return false;
  }
  return yield* descend(0);
}

/** False when the filter or the wanted value of the condition is out of reach. */
function mayHold(test: Litmus, look: Lookup, wanted: boolean | undefined): boolean {
  const { filter, condition } = test;
  const differs = (part: Condition, value: boolean) => {
    const now = holds(part, look);
    return now !== undefined && now !== value;
  };
  if (filter !== undefined && differs(filter, true)) return false;
  return wanted === undefined || !differs(condition, wanted);
}

/** Knows which values some process can still write, so that a read of another value ends a branch early. */
class Supply {
  /** For each process: what it and those behind it can write. */
  readonly #later: ReadonlySet<string>[] = [];
  readonly #needs = new Map<Path, readonly string[]>();
  readonly #gives = new Map<Path, ReadonlySet<string>>();

  constructor(
    readonly test: Litmus,
    paths: readonly (readonly Path[])[],
  ) {
    let later: ReadonlySet<string> = new Set();
    for (const ways of [...paths].reverse()) {
      this.#later.unshift(later);
      for (const path of ways) {
        const gives = new Set<string>();
        const needs = new Set<string>();
        for (const { kind, location, value } of path.events) {
          if (kind === "W") gives.add(`${location} ${value}`);
          else if (kind === "R" && (test.memory.get(location) ?? 0) !== value)
            needs.add(`${location} ${value}`);
        }
        this.#gives.set(path, gives);
        this.#needs.set(path, [...needs]);
      }
      later = new Set([...later, ...ways.flatMap((path) => [...(this.#gives.get(path) ?? [])])]);
    }
  }

  /** True when everything that these processes read is written by them, or by a process behind them. */
  suffices(chosen: readonly Path[]): boolean {
    const later = this.#later[chosen.length - 1];
    return chosen.every((path) =>
      (this.#needs.get(path) ?? []).every(
        (need) =>
          later?.has(need) === true || chosen.some((other) => this.#gives.get(other)?.has(need) === true),
      ),
    );
  }
}

/** One way through each process: the candidates of its locations, one after the other. */
class Combination {
  readonly #events: Event[] = [];
  readonly #starts: number[] = [];
  readonly #candidates: Candidate[][] = [];
  readonly #picked: Candidate[] = [];
  readonly #places = new Map<string, { readonly reads: number[]; readonly writes: number[] }>();
  #frame: Frame | undefined;
  #sections: Sections | undefined;

  constructor(
    readonly test: Litmus,
    readonly chosen: readonly Path[],
    readonly how: Judging,
    readonly what: Search,
  ) {
    const places = this.#places;
    for (const { events } of chosen)
      for (const { kind, location } of events) {
        if (kind === "F" || places.has(location)) continue;
        const value = test.memory.get(location) ?? 0;
        places.set(location, { reads: [], writes: [this.#events.push(initialWrite(location, value)) - 1] });
        this.#starts.push(0);
      }
    for (const { events } of chosen) {
      const start = this.#events.length;
      for (const event of events) {
        const place = this.#events.push(event) - 1;
        this.#starts.push(start);
        if (event.kind === "R") places.get(event.location)?.reads.push(place);
        if (event.kind === "W") places.get(event.location)?.writes.push(place);
      }
    }
  }

  *run(): Steps<boolean> {
    if (this.#events.length > MOST_EVENTS) throw new TooManyEvents();
    for (const [location, { reads, writes }] of this.#places) {
      const { without } = this.how;
      const found = yield* candidatesOf(this.#events, this.#starts, location, reads, writes, without);
      if (found.length === 0) return false;
      this.#candidates.push(found);
    }
    this.#candidates.sort((a, b) => a.length - b.length);
    return yield* this.#descend(0);
  }

  *#descend(depth: number): Steps<boolean> {
    yield;
    if (!mayHold(this.test, this.#look, this.what.wanted)) return false;
    const next = this.#candidates[depth];
    if (next === undefined) return this.#judge();
    const left = this.#candidates.slice(depth).reduce((product, { length }) => product * length, 1);
    if (depth > 0 && left >= MANY && this.what.forbidden !== true && !this.#isOpen()) return false;
    for (const candidate of next) {
      this.#picked.push(candidate);
      if (yield* this.#descend(depth + 1)) return true;
      this.#picked.pop();
    }
    return false;
  }

  /** Values so far: of all registers, and of the locations that have been decided. */
  readonly #look: Lookup = ({ process, name }) => {
    if (process >= 0) return this.chosen[process]?.registers.get(name) ?? 0;
    const picked = this.#picked.find(({ location }) => location === name);
    if (picked !== undefined) return this.#events[picked.order.at(-1) ?? 0]?.value;
    const isOpen = this.#candidates.some(([first]) => first?.location === name);
    return isOpen ? undefined : (this.test.memory.get(name) ?? 0);
  };

  /** True when the locations decided so far break no axiom: the relations only grow with the others. */
  #isOpen(): boolean {
    const { frame, sections } = this.#static();
    return judge(frame, sections, this.#witness(), this.how).violation === undefined;
  }

  #judge(): boolean {
    const { frame, sections } = this.#static();
    const { rf, co } = this.#witness();
    const judgement = judge(frame, sections, { rf, co }, this.how, this.what.races);
    if (judgement.violation !== undefined && this.what.forbidden !== true) return false;
    // The execution is looked at at once, while what is picked is still picked.
    return this.what.visit({ events: this.#events, frame, sections, rf, co, look: this.#look, judgement });
  }

  #static(): { readonly frame: Frame; readonly sections: Sections } {
    this.#frame ??= new Frame(this.#events, this.#starts, this.how.without);
    this.#sections ??= sectionsOf(this.#events, this.how.without);
    return { frame: this.#frame, sections: this.#sections };
  }

  #witness(): { readonly rf: Relation; readonly co: Relation } {
    const rf = new Relation(this.#events.length);
    const co = new Relation(this.#events.length);
    for (const { order, sources, reads } of this.#picked) {
      for (const [nth, read] of reads.entries()) rf.add(sources[nth] ?? 0, read);
      for (const [nth, write] of order.entries())
        for (const later of order.slice(nth + 1)) co.add(write, later);
    }
    return { rf, co };
  }
}
