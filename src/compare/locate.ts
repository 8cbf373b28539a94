/**
 * Finds the operation at which an answer first differs from a recorded one, when the recording has only some
 * snapshots.
 */
import { isProcessOperation, type Operation } from "../ops/operation.js";
import type { Answer } from "../ops/outcome.js";
import type { Disagreement } from "./answers.js";
import { factsOf } from "./dumps.js";

/** The operation at which two answers first differ, as exactly as we can tell. */
export interface Location {
  /** Number of the most likely operation, from 1, without dumps. */
  readonly number: number;
  readonly operation: Operation;
  /** True when it is certain: nothing else ran since the answers agreed. */
  readonly exact: boolean;
}

/** The operations without the dumps. */
function operationsOf(script: readonly Operation[]): Operation[] {
  return script.filter(({ kind }) => kind !== "dump");
}

/** The first `until` operations of a script, with a snapshot after each one beyond the first `from`. */
export function withDumps(script: readonly Operation[], from: number, until: number): Operation[] {
  return operationsOf(script)
    .slice(0, until)
    .flatMap((operation, index): Operation[] =>
      index + 1 >= from ? [operation, { kind: "dump" }] : [operation],
    );
}

/** The facts of a snapshot, and the number of operations before it. */
interface State {
  readonly at: number;
  readonly facts: ReadonlyMap<string, string>;
}

/**
 * Finds the operation after which the two differ first. `run` answers a script on the machine under test. This calls
 * it when the recording has no snapshot right before the difference. Of the operations in between it picks the
 * earliest that made a state which the recording does not have. If none did (the machine lacks a state that the
 * recording has), it picks the last operation that names an affected page or process.
 */
export async function locate(
  script: readonly Operation[],
  found: Disagreement,
  run: (script: readonly Operation[]) => Promise<Answer>,
): Promise<Location> {
  const operations = operationsOf(script);
  const at = (number: number, exact: boolean): Location => {
    const operation = operations[number - 1];
    if (!operation) throw new Error(`the script has no operation ${number}`);
    return { number, operation, exact };
  };
  if (found.kind === "outcome" || found.at - found.agreed === 1) return at(found.at, true);
  const { dumps } = await run(withDumps(script, Math.max(1, found.agreed), found.at));
  const states = dumps.map((dump) => ({ at: dump.at, facts: factsOf(dump) }));
  const changed = found.differences.map(({ subject }) => lastChange(states, subject)).filter((n) => n > 0);
  if (changed.length > 0) return at(Math.min(...changed), false);
  for (let number = found.at; number > found.agreed; number--) {
    if (concerns(operations[number - 1] as Operation, found)) return at(number, false);
  }
  return at(found.at, false);
}

/** The operation after which a subject last changed; 0 when it stayed as in the first snapshot. */
function lastChange(states: readonly State[], subject: string): number {
  for (let index = states.length - 1; index > 0; index--) {
    const [before, after] = [states[index - 1], states[index]] as [State, State];
    if (after.facts.get(subject) !== before.facts.get(subject)) return after.at;
  }
  return 0;
}

/** True when an operation names an affected place. */
function concerns(operation: Operation, { differences }: Disagreement): boolean {
  if (!isProcessOperation(operation)) return operation.kind === "ksm";
  return differences.some(({ subject }) => {
    const [, process, page] = /^process (\d+)(?:, (?:mapping at )?page (\d+))?/.exec(subject) ?? [];
    if (Number(process) !== operation.process) return false;
    if (page === undefined || !("page" in operation) || operation.page === "any") return true;
    const pages = "pages" in operation ? operation.pages : 1;
    return Number(page) >= operation.page && Number(page) < operation.page + pages;
  });
}
