/** `rmap litmus`: decides litmus tests by the axioms of a memory model. */
import { UsageError } from "../../errors.js";
import { MODELS, type ModelName } from "../../lkmm/rules.js";
import { countsOf, decideFile, isFinding, type LitmusResult } from "../../lkmm/suite.js";
import { toJson } from "../../report/json.js";
import { litmusLine, litmusSummary, litmusText } from "../../report/litmus-text.js";
import { litmusPage } from "../../report/page/litmus.js";
import { didYouMean } from "../../text/nearest.js";
import { shown } from "../../text/words.js";
import type { Command } from "../command.js";
import { litmusFiles } from "../litmus-files.js";
import { checkOutputs, writeOutput } from "../output.js";
import { parseSeconds } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

/** Up to so many tests, each gets a line; above, only those that need attention. */
const FEW = 40;

export const litmus: Command = {
  usage: "litmus [...tests]",
  summary:
    "Decide litmus tests of the Linux-kernel memory model: files, folders, tar archives; - reads stdin",
  options: [
    [
      "--model <name>",
      "sc, tso, pso, lkmm, alpha or pairwise (default: lkmm, the Linux-kernel memory model)",
    ],
    ["--states", "List the states at the end of each test; a single test always gets that"],
    ["--timeout <s>", "Seconds after which a test is undecided (default: 60)"],
    [
      "--html <file>",
      "Write the tests as one self-contained HTML page, each with the execution that explains it",
    ],
    ["--json", "Print the results as one JSON object"],
  ],
  examples: [
    "litmus MP+poonceonces.litmus",
    "litmus tools/memory-model/litmus-tests",
    "litmus tests.tar.gz --json",
    "litmus SB.litmus --model tso",
  ],
  reading: "docs/litmus.md: what a test may use, and what each model allows",
  async run(paths, options, context) {
    const { timeout = 60, states } = options;
    const model = modelNamed(options["model"]);
    const milliseconds = parseSeconds("--timeout", timeout) * 1000;
    if (paths.length === 0)
      throw new UsageError("no test is given", "give the path of a .litmus file, a folder or an archive");
    const { html } = options;
    await checkOutputs([["--html", html]], paths);
    const files = await litmusFiles(paths);
    const isSingle = files.length === 1;
    const settings = { model, states: states === true || isSingle, timeout: milliseconds };
    const results: LitmusResult[] = [];
    const tell = async (interrupted: boolean) => {
      if (context.json) await writeResult(jsonText(results, model, interrupted ? files.length : undefined));
      else if (!isSingle) await writeResult(fitted(litmusSummary(results, model)));
    };
    context.tellSoFar = () => tell(true);
    for (const file of files) {
      const result = await decideFile(file, settings, isSingle);
      results.push(result);
      context.done = `${results.length} of ${files.length} tests are decided`;
      context.progress.update({ done: results.length, total: files.length, unit: "tests" });
      if (context.json) continue;
      const isWhole = isSingle || states === true;
      if (!isWhole && files.length > FEW && !isFinding(result)) continue;
      context.progress.clear();
      const text = isWhole ? litmusText(result, model, context.paint) : litmusLine(result, context.paint);
      await writeResult(fitted(isWhole && !isSingle ? `${text}\n\n` : text));
    }
    context.progress.clear();
    if (html !== undefined) await writeOutput(String(html), litmusPage(results, model));
    await tell(false);
    return results.some(isFinding) ? 1 : 0;
  },
};

function modelNamed(given: unknown = "lkmm"): ModelName {
  const name = String(given);
  const known = MODELS.find((model) => model === name);
  if (known !== undefined) return known;
  throw new UsageError(
    `there is no memory model "${shown(name)}"`,
    `${didYouMean(name, MODELS)}models are ${MODELS.join(", ")}`,
  );
}

/** The results as one JSON object. After an interrupt it includes the planned number of tests. */
function jsonText(results: readonly LitmusResult[], model: ModelName, planned?: number): string {
  const tests = results.map(
    ({ file, expected, verdict, race, flags, states, positive, negative, agreement, ok, reason }) => ({
      file,
      expected: expected.result,
      datarace: expected.race,
      verdict,
      agreement,
      ok,
      race,
      flags,
      states: states?.map(({ text, executions }) => ({ state: text, executions })) ?? null,
      positive,
      negative,
      reason: reason === "" ? null : reason,
    }),
  );
  const interrupted = planned === undefined ? {} : { interrupted: true, planned };
  return toJson({ schema: "rmap.litmus/1", model, ...countsOf(results), tests, ...interrupted }, 2);
}
