/** Explains a finding of a weak memory model: what is missing, what closes it, and the litmus test that it is. */

import type { Names } from "../../inspect/names.js";
import { MODELS, type ModelName, type Rule } from "../../lkmm/rules.js";
import type { Finding } from "../finding.js";
import { mayMatterIn } from "../matter.js";
import type { Runner } from "../run.js";
import type { Turn } from "../turns.js";
import { becauseOf } from "./because.js";
import { type Case, recordCase } from "./case.js";
import { type Chosen, chooseShape } from "./choose.js";
import { type Closing, closingsOf } from "./closing.js";
import { litmusText } from "./litmus-text.js";
import type { Recorded } from "./recording.js";
import { verdictOn } from "./verdict.js";
import { addedOf, tryOrders } from "./verify.js";
import { identifier, orderText, teller } from "./words.js";

/** A set of orders that closes the finding. Plain data. */
export interface ClosedBy {
  /** `a write barrier before rmap/prepare.ts:48 (CPU 0)`, one for each order of the set. */
  readonly orders: readonly string[];
  /** The models in which they do: the axioms say so, and exploration wherever it was tried. */
  readonly models: readonly ModelName[];
  /** Executions with the orders added that were tried, and in which the finding did not show. */
  readonly executions: number;
}

/** The explanation of a finding. Plain data. */
export interface Explanation {
  /** Events that went before the axioms. */
  readonly events: number;
  /** The axiom of the finding's model that forbids the execution: a mistake of the machine. Null: none does. */
  readonly forbiddenBy: Rule | null;
  /** The models whose axioms allow the execution. */
  readonly allowedBy: readonly ModelName[];
  /** Which order is missing, a sentence for each; empty when no small program shows it. */
  readonly because: readonly string[];
  readonly closedBy: readonly ClosedBy[];
  /** The litmus test; empty when there is none. */
  readonly litmus: string;
}

/** An explanation, and what it is made of. */
export interface Explained {
  readonly explanation: Explanation;
  readonly chosen: Chosen | undefined;
  readonly closings: readonly Closing[];
  readonly recorded: Case;
}

/** Explains the finding to which turns lead. `names` are those of its story. */
export function explain(
  runner: Runner,
  turns: readonly Turn[],
  module: WebAssembly.Module,
  names: Names,
): Explained {
  const model = runner.machine.model.name as ModelName;
  const recorded = recordCase(runner, turns);
  const { graph, recording } = recorded;
  const verdicts = new Map(MODELS.map((name) => [name, verdictOn(graph, name).axiom]));
  const axiom = verdicts.get(model);
  const whole = MODELS.filter((name) => verdicts.get(name) === undefined);
  const base = { events: graph.events.length, forbiddenBy: axiom ?? null, allowedBy: whole };
  const none = { ...base, because: [], closedBy: [], litmus: "" };
  if (axiom !== undefined) return { explanation: none, chosen: undefined, closings: [], recorded };
  const accessOf = (event: number): Recorded | undefined => recording.accesses[graph.origins[event] ?? -1];
  const isLock = (event: number) => /lock/.test(accessOf(event)?.access.hook.kind ?? "");
  const chosen = chooseShape(graph, model, new Set(whole), {
    isStale: (event) => accessOf(event)?.stale === true,
    matters: (event) => {
      const access = accessOf(event);
      return (
        access !== undefined &&
        !access.passed &&
        !isLock(event) &&
        mayMatterIn(names.structAt(access.access.at))
      );
    },
    nameOf: (event) => identifier(names.wordText(accessOf(event)?.access.at ?? 0)),
  });
  if (chosen === undefined) return { explanation: none, chosen, closings: [], recorded };
  const told = teller(recorded, runner, module, names);
  const closings = closingsOf(chosen.shape, chosen.allowing);
  const { shape } = chosen;
  const litmus = litmusText(shape, {
    name: "finding",
    comment: commentOf(chosen),
    about: (step) => {
      const { word, place } = told(step);
      return `${word}, ${place}`;
    },
  });
  const because = becauseOf(shape, model, told);
  const closedBy = closings.map(({ orders, models }) => ({
    orders: orders.map((order) => orderText(order, shape, told)),
    ...{ models, executions: 0 },
  }));
  return { explanation: { ...base, because, closedBy, litmus }, chosen, closings, recorded };
}

/** Which CPU is which, and what the models say. `rmap litmus` compares its verdict with the result. */
function commentOf({ shape, allowing }: Chosen): string[] {
  const [allowed, forbidden] = [true, false].map((is) =>
    MODELS.filter((model) => allowing.has(model) === is).join(", "),
  );
  return [
    `Result: ${allowing.has("lkmm") ? "Sometimes" : "Never"}`,
    `Allowed by ${allowed}${forbidden === "" ? "" : `; forbidden by ${forbidden}`}.`,
    ...shape.processes.map(({ cpu }, number) => `P${number} is CPU ${cpu}.`),
  ];
}

/** Executions that verifying may take. */
const MOST_EXECUTIONS = 4000;

/**
 * Tries the sets of orders of an explanation in exploration, in the finding's model and in weaker ones, as long as that is
 * not too much. One in which the finding shows all the same closes this execution and no other: it is left out there.
 */
export function verified(
  { explanation, chosen, closings, recorded }: Explained,
  runnerIn: (model: ModelName) => Runner,
  turns: readonly Turn[],
  finding: Finding,
): Explanation {
  if (chosen === undefined) return explanation;
  let left = MOST_EXECUTIONS;
  const runners = new Map<ModelName, Runner>();
  const closedBy = explanation.closedBy.map((told, nth): ClosedBy => {
    const closing = closings[nth] as Closing;
    const added = addedOf(closing, chosen.shape, recorded.recording);
    if (added === undefined) return told;
    let executions = 0;
    const models = told.models.filter((model) => {
      if (left <= 0) return true;
      const runner = runners.get(model) ?? runnerIn(model);
      runners.set(model, runner);
      const tried = tryOrders(runner, added, turns, finding);
      executions += tried ?? 0;
      left -= tried ?? 0;
      return tried !== undefined;
    });
    return { ...told, models, executions };
  });
  return { ...explanation, closedBy: closedBy.filter(({ models }) => models.length > 0) };
}
