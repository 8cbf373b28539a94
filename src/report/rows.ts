/** Rows of stress and of exploration as others want them: test cases of a JUnit file, and a line each. */

import { count, plural } from "../text/numbers.js";
import type { JunitCase } from "./junit.js";

/** A row of `rmap explore` or `rmap stress`, as far as both have the same fields. */
interface Row {
  readonly scenario: string;
  readonly variant: string;
  readonly model?: unknown;
  readonly seconds?: unknown;
  readonly executions?: unknown;
  readonly rounds?: unknown;
  readonly complete?: unknown;
  readonly checked?: unknown;
  readonly expected?: unknown;
  readonly by?: unknown;
  readonly found?: unknown;
  readonly asExpected?: unknown;
}

/** The result of a row, without its name: `I1, 5,914 executions, 0.60 s`. */
function outcomeText({ seconds, executions, rounds, complete, checked, found }: Row): string {
  const what = found ? String((found as { readonly invariant?: unknown }).invariant) : "nothing";
  const ran =
    executions === undefined ? plural(Number(rounds ?? 0), "round") : plural(Number(executions), "execution");
  const end = complete === undefined || found ? "" : complete === true ? ", complete" : ", not complete";
  const also = found ? "" : checkText({ complete, checked });
  return `${what} in ${ran}, ${Number(seconds ?? 0).toFixed(2)} s${end}${also}`;
}

/** What bounded search did in place of a reduction that did not complete; else empty. */
export function checkText({ complete, checked }: Pick<Row, "complete" | "checked">): string {
  if (complete === true || typeof checked !== "object" || checked === null) return "";
  const bounded = checked as Readonly<Record<string, unknown>>;
  const executions = count(Number(bounded["executions"]));
  const end = bounded["complete"] === true ? "complete" : "not complete";
  return `; at ${bounded["preemptions"]} preemptions nothing in ${executions} executions, ${end}`;
}

function expectedText({ expected, by, complete, found }: Row): string {
  if (expected === "bug") return `expected ${Array.isArray(by) ? by.join(" or ") : "a bug"}`;
  if (!found && complete === false) return "it did not complete";
  return `expected ${expected === "clean" ? "clean" : "nothing"}`;
}

/** The memory model of a row; empty for sc, and for a row of stress. */
export function modelText({ model }: Pick<Row, "model">): string {
  return model === undefined || model === "sc" ? "" : ` under ${model}`;
}

/** A row in one line. */
export function rowLine(row: Row): string {
  const verdict = row.asExpected ? "as expected" : `not as expected (${expectedText(row)})`;
  return `${row.scenario} in ${row.variant}${modelText(row)}: ${outcomeText(row)}; ${verdict}`;
}

/** The finding of a row in a few lines; empty without one. */
export function findingText({ found }: Row): string {
  if (!found) return "";
  const { conclusion, message, command, replay } = found as Readonly<Record<string, unknown>>;
  return [conclusion ?? message, `again: ${command ?? replay}`].map(String).join("\n");
}

/** A row as a test case. */
export function junitCase(row: Row): JunitCase {
  const finding = findingText(row);
  const line = rowLine(row);
  return {
    ...{ name: `${row.scenario}${modelText(row)}`, group: row.variant, seconds: Number(row.seconds ?? 0) },
    failure: row.asExpected
      ? undefined
      : { message: `${outcomeText(row)}: ${expectedText(row)}`, text: finding || line },
    output: row.asExpected && finding !== "" ? `${line}\n${finding}` : line,
  };
}
