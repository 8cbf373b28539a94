/** Results of litmus tests as text: one test as herd7 prints it, many as a list. */
import { printCondition } from "../lkmm/condition.js";
import type { ModelName } from "../lkmm/rules.js";
import { countsOf, isFinding, type LitmusResult } from "../lkmm/suite.js";
import { plural } from "../text/numbers.js";
import type { Paint } from "../text/paint.js";
import { printable } from "../text/words.js";

const KINDS = { exists: "Allowed", "~exists": "Forbidden", forall: "Required" } as const;

/** One test in the form of herd7, and a line on the documented result. */
export function litmusText(result: LitmusResult, model: ModelName, paint: Paint): string {
  const { test, states, positive, negative, ok, verdict, race, flags, reason } = result;
  if (test === undefined) return litmusLine(result, paint);
  const { quantifier, condition } = test;
  const name = printable(test.name);
  const lines = [`Test ${name} ${KINDS[quantifier]}`];
  if (states !== null) lines.push(`States ${states.length}`, ...states.map(({ text }) => text));
  if (ok !== null) lines.push(ok ? "Ok" : "No");
  if (positive !== null) lines.push("Witnesses", `Positive: ${positive} Negative: ${negative}`);
  if (race === true) lines.push("Flag data-race");
  lines.push(...flags.map((flag) => `Flag ${flag}`));
  const counts = positive === null ? "" : ` ${positive} ${negative}`;
  lines.push(
    `Condition ${quantifier} ${printCondition(condition)}`,
    `Observation ${name} ${verdict}${counts}`,
  );
  lines.push(`Model ${model}${comparison(result, paint)}`);
  if (reason !== "") lines.push(`Note: ${reason}`);
  return lines.join("\n");
}

/** What the test documents, and whether the verdict is the same; "" when nothing is documented. */
function comparison({ expected, agreement }: LitmusResult, paint: Paint): string {
  if (expected.result === null) return "";
  const documented = `; documented: ${expected.result}${expected.race ? " DATARACE" : ""}`;
  if (agreement === null) return documented;
  return `${documented}: ${agreement === "agree" ? paint("green", "agrees") : paint("red", agreement)}`;
}

/** One line of a list. */
export function litmusLine(result: LitmusResult, paint: Paint): string {
  const { file, verdict, race, reason, agreement } = result;
  const head = `${verdict.padEnd(11)} ${race === true ? "race" : "    "} `;
  const tail = isFinding(result)
    ? paint("red", agreement === null ? "" : `  ${agreement}: documented is ${result.expected.result}`)
    : "";
  return `${isFinding(result) ? paint("red", head) : head} ${printable(file)}${tail}${reason === "" ? "" : `\n    ${reason}`}`;
}

/** The last line of a list: the counts. */
export function litmusSummary(results: readonly LitmusResult[], model: ModelName): string {
  const { agree, falseAlarms, missed, undecided, unsupported } = countsOf(results);
  const open = `${undecided} undecided, ${unsupported} unsupported`;
  if (model !== "lkmm") return `${plural(results.length, "test")} under ${model}: ${open}`;
  const silent = results.length - agree - falseAlarms - missed - undecided - unsupported;
  const rest = silent === 0 ? "" : `; ${silent} document no single result`;
  return `${plural(results.length, "test")}: ${agree} agree, ${plural(falseAlarms, "false alarm")}, ${missed} missed, ${open}${rest}`;
}
