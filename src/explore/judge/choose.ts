/** Picks the small program that an execution is about. */

import { decide } from "../../lkmm/decide.js";
import { parseLitmus } from "../../lkmm/parser.js";
import { MODELS, type ModelName } from "../../lkmm/rules.js";
import { backwards, type Cycle, cyclesThrough, dependentCycles } from "./cycle.js";
import type { Graph } from "./graph.js";
import { litmusText } from "./litmus-text.js";
import { type Shape, shapeOf } from "./shape.js";

/** The models that allow an execution, or a small program's. */
export type Allowing = ReadonlySet<ModelName>;

/** A small program, and what the models say. */
export interface Chosen {
  readonly shape: Shape;
  /** The models that allow the small program's execution. */
  readonly allowing: Allowing;
}

/** What is known of the events, besides the graph. */
export interface Knowledge {
  /** Whether an event saw something else than the newest value. */
  isStale(event: number): boolean;
  /** Whether an event is about what the engine keeps, and no statistics. */
  matters(event: number): boolean;
  /** A name of its location that C takes. */
  nameOf(event: number): string;
}

/** Milliseconds for a small program of a few accesses. */
const TIMEOUT = 2000;
/** Small programs that are looked at. */
const MOST = 64;

/** Those of the models that allow the condition of a small program. */
export function allowingOf(shape: Shape, models: Iterable<ModelName> = MODELS): Allowing {
  const test = parseLitmus(litmusText(shape, { name: "shape", comment: [] }), "shape");
  return new Set(
    [...models].filter((model) => {
      const { verdict } = decide(test, { model, states: false, timeout: TIMEOUT });
      return verdict === "Sometimes" || verdict === "Always";
    }),
  );
}

/**
 * The small program of an execution: a cycle through a read of an old value. One in which each CPU comes to its access by
 * what it has read says more than another one; otherwise the shortest is best. Of several it is the one about which most
 * models say what they say about the whole execution. Undefined if there is no cycle that `model` allows. `whole`:
 * the models that allow the whole execution.
 */
export function chooseShape(
  graph: Graph,
  model: ModelName,
  whole: Allowing,
  knowledge: Knowledge,
): Chosen | undefined {
  const pairs = backwards(graph, knowledge.isStale);
  const { matters } = knowledge;
  const kinds: ((last: number, first: number) => readonly Cycle[])[] = [
    (last, first) => dependentCycles(graph, last, first),
    (last, first) => cyclesThrough(graph, last, first, matters, true),
    (last, first) => cyclesThrough(graph, last, first, matters, false),
  ];
  for (const cyclesOf of kinds) {
    const cycles = pairs.flatMap(([last, first]) => cyclesOf(last, first));
    const best = bestOf(graph, cycles, model, whole, knowledge);
    if (best !== undefined) return best;
  }
  return undefined;
}

function bestOf(
  graph: Graph,
  cycles: readonly Cycle[],
  model: ModelName,
  whole: Allowing,
  { nameOf }: Knowledge,
): Chosen | undefined {
  let best: Chosen | undefined;
  let most = -1;
  const seen = new Set<string>();
  for (const cycle of [...cycles].sort((a, b) => a.length - b.length)) {
    const shape = shapeOf(graph, cycle, nameOf);
    const key = litmusText(shape, { name: "", comment: [] });
    if (seen.has(key) || seen.size >= MOST) continue;
    seen.add(key);
    const allowing = allowingOf(shape);
    // A cycle that the model forbids is in no execution of it: something is left out that matters.
    if (!allowing.has(model)) continue;
    const agreeing = MODELS.filter((name) => allowing.has(name) === whole.has(name)).length;
    if (agreeing <= most) continue;
    most = agreeing;
    best = { shape, allowing };
  }
  return best;
}
