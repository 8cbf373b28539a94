/** Compares the view machine with the axioms, by the states that each gives a litmus test. */
import { stateText, stateVariables } from "../../dist/lkmm/decide.js";
import { search } from "../../dist/lkmm/executions.js";
import { runInOrder } from "../../dist/lkmm/in-order.js";
import { parseLitmus } from "../../dist/lkmm/parser.js";
import { pathsOf } from "../../dist/lkmm/paths.js";
import { finish } from "../../dist/lkmm/steps.js";
import type { Litmus } from "../../dist/lkmm/syntax.js";
import type { ViewModel, ViewRule } from "../../dist/views/rules.js";
import { isInTime } from "./in-time.js";

/** Steps of the machine's search, and executions of the axioms, before a comparison gives up. */
const MOST = 60_000;

interface Allowed {
  /** States that the axioms allow. */
  readonly all: ReadonlySet<string>;
  /** Those that have an execution in which CPUs can go through their programs in order: without load buffering. */
  readonly inOrder: ReadonlySet<string>;
}

/** What the axioms allow; undefined when they take too long. */
function allowed(test: Litmus, model: ViewModel): Allowed | undefined {
  const [all, inOrder] = [new Set<string>(), new Set<string>()];
  const variables = stateVariables(test);
  let left = MOST;
  const how = { model, without: new Set<never>() };
  finish(
    search(test, finish(pathsOf(test)), how, {
      wanted: undefined,
      races: false,
      visit: (execution) => {
        const text = stateText(variables, execution.look);
        all.add(text);
        if (!inOrder.has(text) && isInTime(execution, how)) inOrder.add(text);
        return --left === 0;
      },
    }),
  );
  return left === 0 ? undefined : { all, inOrder };
}

/** How the machine and the axioms compare. */
interface Comparison {
  readonly kind: "agree" | "load buffering" | "false alarm" | "missed" | "too large";
  /** The states about which they disagree. */
  readonly states: readonly string[];
}

/** Compares them on a test. A state that needs load buffering is none that the machine should find. */
export function compared(
  text: string,
  model: ViewModel,
  without: readonly ViewRule[] = [],
  file = "t.litmus",
): Comparison {
  const test = parseLitmus(text, file);
  const axioms = allowed(test, model);
  const { states, complete } = runInOrder(test, { model, without, most: MOST });
  if (axioms === undefined) return { kind: "too large", states: [] };
  const alarms = states.filter((state) => !axioms.all.has(state));
  if (alarms.length > 0) return { kind: "false alarm", states: alarms };
  if (!complete) return { kind: "too large", states: [] };
  const missed = [...axioms.inOrder].filter((state) => !states.includes(state));
  if (missed.length > 0) return { kind: "missed", states: missed };
  const buffered = [...axioms.all].filter((state) => !states.includes(state));
  return { kind: buffered.length > 0 ? "load buffering" : "agree", states: buffered };
}

/** True when the condition of a test can hold at the end on the machine. */
export function possible(text: string, model: ViewModel): boolean {
  const { condition, ...rest } = parseLitmus(text, "t.litmus");
  const filtered: Litmus = { ...rest, condition, filter: condition };
  return runInOrder(filtered, { model, most: MOST }).states.length > 0;
}
