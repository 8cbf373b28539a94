/** What explains a finding of a weak memory model, in lines. */
import type { ClosedBy, Explanation } from "../explore/judge/explain.js";
import { plural } from "../text/numbers.js";
import type { Paint } from "../text/paint.js";

/** The most sets of orders that are shown. */
const MOST = 12;

/** What is missing, and what closes it; empty when nothing is known about it. */
export function explanationLines(
  { because, closedBy }: Explanation,
  paint: Paint = (_style, text) => text,
): string[] {
  const shown = closedBy.slice(0, MOST);
  const rest = closedBy.length - shown.length;
  return [
    ...because.map((text) => `${paint("bold", "because")}    ${text}`),
    ...shown.map((set) => `${paint("bold", "closed by")}  ${closedText(set)}`),
    ...(rest > 0 ? [`           and ${plural(rest, "larger set")}: see --json`] : []),
  ];
}

/** `pso, lkmm: a write barrier before rmap/prepare.ts:48 (CPU 0); shown by no one of 700 executions`. */
export function closedText({ orders, models, executions }: ClosedBy): string {
  const tried = executions > 0 ? `; not in ${plural(executions, "execution")} with it` : "";
  return `${orders.join(", and ")}: ${models.join(", ")}${tried}`;
}

/** A litmus test of a finding, with a name and the command that explores it. */
export function litmusFile(litmus: string, name: string, command: string): string {
  const title = name.replace(/[^\w+-]+/g, "-");
  return litmus.replace("C finding\n", `C ${title}\n`).replace("(*\n", `(*\n * ${command}\n *\n`);
}
