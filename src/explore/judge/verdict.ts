/** The verdict of the axioms on an execution of a memory model. */

import { judge } from "../../lkmm/axioms.js";
import { Frame } from "../../lkmm/frame.js";
import { Relation } from "../../lkmm/relation.js";
import type { ModelName, Rule } from "../../lkmm/rules.js";
import { sectionsOf } from "../../lkmm/sections.js";
import type { Graph } from "./graph.js";

/** What the axioms say. */
export interface Verdict {
  /** The axiom that the execution breaks; undefined when the model allows it. */
  readonly axiom: Rule | undefined;
  /** The relation that has a cycle; or the pairs that must not be. */
  readonly relation: Relation | undefined;
}

const ALLOWED: Verdict = { axiom: undefined, relation: undefined };

/** Judges an execution by the axioms of a model. `without`: rules that do not apply, for tests. */
export function verdictOn(graph: Graph, model: ModelName, without: ReadonlySet<Rule> = new Set()): Verdict {
  const { events, starts, rf, co } = graph;
  const frame = new Frame(events, starts, without);
  const broken = incoherent(graph, frame) ?? torn(graph, frame);
  if (broken !== undefined) return broken;
  const { violation } = judge(frame, sectionsOf(events, without), { rf, co }, { model, without });
  return violation === undefined ? ALLOWED : violation;
}

/** One location at a time, the execution must be one after the other. */
function incoherent({ events, rf, co }: Graph, frame: Frame): Verdict | undefined {
  const sameLocation = new Relation(frame.size);
  frame.po.forEach((a, b) => {
    const [one, other] = [events[a], events[b]];
    if (one?.location === other?.location && one?.kind !== "F" && other?.kind !== "F") sameLocation.add(a, b);
  });
  const relation = sameLocation.or(rf, co, rf.inverse().seq(co));
  return relation.isAcyclic() ? undefined : { axiom: "coherence", relation };
}

/** Nobody stores between the two sides of a read-modify-write. */
function torn({ rf, co }: Graph, frame: Frame): Verdict | undefined {
  const between = rf.inverse().seq(co).seq(co);
  const relation = frame.rmw.and(between);
  return relation.isEmpty() ? undefined : { axiom: "atomicity", relation };
}
