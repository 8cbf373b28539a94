/** The execution to show for a test: one in which the condition holds, or why there is none. */
import type { Event } from "./event.js";
import { type Execution, type Search, search } from "./executions.js";
import { pathsOf } from "./paths.js";
import type { Relation } from "./relation.js";
import type { ModelName, Rule } from "./rules.js";
import { finish } from "./steps.js";
import type { Litmus } from "./syntax.js";
import { printValue } from "./value.js";

/** An arrow between two events, by their places. */
interface Arrow {
  readonly kind: "rf" | "co" | "fr";
  readonly from: number;
  readonly to: number;
}

/** An execution as a graph. */
export interface Picture {
  /** Each event with its text, and the line of its source. */
  readonly events: readonly { readonly process: number; readonly text: string; readonly line: string }[];
  readonly arrows: readonly Arrow[];
  /** For an execution that the model forbids: the axiom, and the events on the cycle, the first one last again. */
  readonly forbidden: { readonly axiom: Rule; readonly cycle: readonly number[] } | undefined;
}

/** Steps of a search before we go without a picture. */
const MOST_STEPS = 20_000;

/**
 * A picture of an allowed execution in which the condition holds; otherwise of a forbidden one, with the cycle. Undefined
 * when coherence or atomicity alone forbids the state, or when the search takes too long.
 */
export function pictureOf(test: Litmus, model: ModelName): Picture | undefined {
  const paths = finish(pathsOf(test));
  let found: Execution | undefined;
  const look = (forbidden: boolean): void => {
    const what: Search = {
      wanted: true,
      races: false,
      forbidden,
      visit: (execution) => {
        found = execution;
        return true;
      },
    };
    const steps = search(test, paths, { model, without: new Set() }, what);
    for (let step = 0; step < MOST_STEPS && steps.next().done !== true; step++);
  };
  look(false);
  if (found === undefined) look(true);
  return found && drawn(test, found);
}

function drawn(test: Litmus, { events, rf, co, judgement }: Execution): Picture {
  const { violation } = judgement;
  const lineOf = ({ at, process }: Event) => {
    const start = test.text.lastIndexOf("\n", at) + 1;
    return process < 0 ? "the initial value" : (test.text.slice(start).split("\n", 1)[0] ?? "").trim();
  };
  const arrows: Arrow[] = [];
  rf.forEach((from, to) => {
    arrows.push({ kind: "rf", from, to });
    const [next] = nextIn(co, from);
    if (next !== undefined && next !== to) arrows.push({ kind: "fr", from: to, to: next });
  });
  for (const from of events.keys()) for (const to of nextIn(co, from)) arrows.push({ kind: "co", from, to });
  return {
    events: events.map((event) => ({ process: event.process, text: textOf(event), line: lineOf(event) })),
    arrows,
    forbidden: violation && { axiom: violation.axiom, cycle: cycleIn(violation.relation) },
  };
}

/** The direct successor in coherence order; none behind the last write. */
function nextIn(co: Relation, from: number): number[] {
  const later = co.from(from);
  return later.filter((write) => !later.some((other) => co.has(other, write)));
}

function textOf({ kind, location, value, fence }: Event): string {
  return kind === "F"
    ? `${fence}${location === "" ? "" : ` ${location.slice(1)}`}`
    : `${kind} ${location}=${printValue(value)}`;
}

/** A shortest cycle of a relation, the first event last again; for a relation without one, its first pair. */
function cycleIn(relation: Relation): number[] {
  let best: number[] | undefined;
  for (let start = 0; start < relation.size; start++) {
    const path = pathBack(relation, start);
    if (path !== undefined && (best === undefined || path.length < best.length)) best = path;
  }
  if (best !== undefined) return best;
  for (let from = 0; from < relation.size; from++) {
    const [to] = relation.from(from);
    if (to !== undefined) return [from, to];
  }
  return [];
}

/** A shortest way from an event back to itself. */
function pathBack(relation: Relation, start: number): number[] | undefined {
  const before = new Map<number, number>();
  const queue = [start];
  for (const from of queue)
    for (const to of relation.from(from)) {
      if (to === start) {
        const path = [start, from];
        for (let at = from; at !== start; path.push(at)) at = before.get(at) ?? start;
        return from === start ? [start, start] : path.reverse();
      }
      if (before.has(to)) continue;
      before.set(to, from);
      queue.push(to);
    }
  return undefined;
}
