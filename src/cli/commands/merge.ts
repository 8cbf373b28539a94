/** `rmap merge`: joins the JSON of shards into the result of one run. */
import { toJson } from "../../report/json.js";
import { junitText } from "../../report/junit.js";
import { type MergedRow, mergeRuns } from "../../report/merge.js";
import { findingText, junitCase, rowLine } from "../../report/rows.js";
import { readRun } from "../../report/run-file.js";
import { plural } from "../../text/numbers.js";
import type { Command } from "../command.js";
import { inputName, readText } from "../input.js";
import { checkOutputs, writeOutput } from "../output.js";
import { fitted, writeResult } from "../terminal.js";

/** The most bytes of a shard's JSON. */
const MOST_BYTES = 2 ** 28;

export const merge: Command = {
  usage: "merge [...files]",
  summary: "Join the JSON of shards (--shard I/N of explore and stress) into the result of one run",
  options: [
    ["--junit <file>", "Write a JUnit file with a test case for each row"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: ["merge shard-1.json shard-2.json", "merge shards/*.json --json --junit report.xml"],
  reading: "docs/scaling.md: shards on a CI matrix, Kubernetes, SLURM, and GNU parallel",
  async run(paths, { junit }, context) {
    await checkOutputs([["--junit", junit]], paths);
    const runs = [];
    for (const path of paths) runs.push(readRun(await readText(path, MOST_BYTES), inputName(path)));
    const { schema, results } = mergeRuns(runs);
    if (junit !== undefined)
      await writeOutput(String(junit), junitText(schema.replace(/\/.*/, ""), results.map(junitCase)));
    const text = context.json
      ? toJson({ schema, results, merged: { shards: runs.length } }, 2)
      : fitted(rowsText(results));
    await writeResult(text);
    return results.every(({ asExpected }) => asExpected === true) ? 0 : 1;
  },
};

/** A line for each row, the findings, and the sum. */
function rowsText(results: readonly MergedRow[]): string {
  const lines = results.flatMap((row) => [
    rowLine(row),
    ...findingText(row)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => `  ${line}`),
  ]);
  const right = results.filter(({ asExpected }) => asExpected === true).length;
  const all = right === results.length && right > 0 ? "all" : `${right}`;
  return [...lines, `${plural(results.length, "row")}, ${all} as expected`].join("\n");
}
