/** `rmap merge`: joins the JSON of shards into the result of one run. */
import { checkText, junitOf } from "../../report/check-text.js";
import { toJson } from "../../report/json.js";
import { junitText } from "../../report/junit.js";
import { type MergedRow, mergeRuns } from "../../report/merge.js";
import { CHECK_SCHEMA, checkIn, mergeChecks } from "../../report/merge-check.js";
import { findingText, junitCase, rowLine } from "../../report/rows.js";
import { type Reader, rootOf, runIn } from "../../report/run-file.js";
import { plural } from "../../text/numbers.js";
import type { Command } from "../command.js";
import { inputName, readText } from "../input.js";
import { checkOutputs, writeOutput } from "../output.js";
import { fitted, writeResult } from "../terminal.js";

/** The most bytes of a shard's JSON. */
const MOST_BYTES = 2 ** 28;

export const merge: Command = {
  usage: "merge [...files]",
  summary: "Join the JSON of shards (--shard I/N of explore, stress and check) into the result of one run",
  options: [
    ["--junit <file>", "Write a JUnit file with a test case for each row"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: ["merge shard-1.json shard-2.json", "merge shards/*.json --json --junit report.xml"],
  reading: "docs/scaling.md: shards on a CI matrix, Kubernetes, SLURM, and GNU parallel",
  async run(paths, { junit }, context) {
    await checkOutputs([["--junit", junit]], paths);
    const roots: { readonly file: string; readonly root: Reader }[] = [];
    for (const path of paths) {
      const file = inputName(path);
      roots.push({ file, root: rootOf(await readText(path, MOST_BYTES), file) });
    }
    if (roots[0]?.root.find("schema")?.plain() === CHECK_SCHEMA) {
      const result = mergeChecks(
        roots.map(({ root, file }) => {
          const schema = root.get("schema");
          if (schema.text() !== CHECK_SCHEMA)
            schema.fail(
              `this is ${schema.text()}, but ${roots[0]?.file} is ${CHECK_SCHEMA}`,
              "name the shards of one run",
            );
          return checkIn(root, file);
        }),
      );
      if (junit !== undefined) await writeOutput(String(junit), junitText("rmap.check", junitOf(result)));
      await writeResult(
        context.json
          ? toJson({ schema: CHECK_SCHEMA, ...result, merged: { shards: roots.length } }, 2)
          : fitted(checkText(result, context.paint)),
      );
      return result.verdict === "no finding" ? 0 : 1;
    }
    const runs = roots.map(({ root, file }) => runIn(root, file));
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
