/** `rmap check`: a verdict on declarations that nobody has seen before. */

import { availableParallelism } from "node:os";
import { Check, type CheckProgress, type CheckResult } from "../../check/check.js";
import { UsageError } from "../../errors.js";
import { ENGINE_MODELS, isWeak } from "../../explore/models.js";
import { checkText, junitOf } from "../../report/check-text.js";
import { toJson } from "../../report/json.js";
import { junitText } from "../../report/junit.js";
import { checkPage } from "../../report/page/check.js";
import { loadVariant, MAINLINE } from "../../scenario/variant.js";
import { count } from "../../text/numbers.js";
import { shown } from "../../text/words.js";
import type { Command } from "../command.js";
import { modelsNamed } from "../models.js";
import { checkWritable, writeOutput } from "../output.js";
import { headOfCheck, parseShard } from "../shard.js";
import { parseInteger } from "../size.js";
import { fitted, writeResult } from "../terminal.js";
import { checkMutants } from "./check-mutants.js";

/** Options that only --mutants has. */
const OF_MUTANTS = ["only", "source", "sample"] as const;

export const check: Command = {
  usage: "check [folder]",
  summary: "Look for what is wrong with a folder of changed declarations, and give a verdict",
  options: [
    ["--seconds <n>", "How long to look, without the compilation (default: 60)"],
    ["--seed <n>", "Seed of the made-up programs and races (default: 1)"],
    ["--workers <n>", "Threads (default: one for each core)"],
    [
      "--shard <i/n>",
      "Do only shard I of N; `rmap merge` joins the JSON of a folder's shards. Each needs the same --workers",
    ],
    [
      "--model <list>",
      `Weak memory models in which races are explored besides sc: ${ENGINE_MODELS.filter(isWeak).join(", ")}, or all`,
    ],
    ["--no-catalogue", "Leave out the races of the package: only made-up ones"],
    ["--html <file>", "Write the verdict as one self-contained HTML page"],
    ["--junit <file>", "Write a JUnit file with a test case for each changed declaration"],
    [
      "--mutants",
      "Check the checks instead: change the engine by small steps, and say which ones nothing sees",
    ],
    ["--only <part>", "--mutants: only this mutant, or those of this declaration, file or folder"],
    ["--sample <n>", "--mutants: only so many of them, drawn by the seed"],
    ["--source", "--mutants: print what each one changes, and run nothing"],
    ["--json", "Print the verdict as one JSON object"],
  ],
  examples: [
    "check ./my-idea",
    "check ./my-idea --seconds 600 --json",
    "check ./my-idea --model pso,lkmm",
    "check ./my-idea --shard 1/4 --workers 2 --json",
    "check --no-catalogue",
    "check --mutants --only mm/zap.ts",
  ],
  reading: "docs/check.md: what it does, and how to read the verdict",
  async run([folder], options, context) {
    if (options["mutants"]) {
      if (folder === undefined) return checkMutants(options, context);
      throw new UsageError(
        `--mutants is about the engine as it is, not about ${shown(folder)}`,
        "a part of the engine is named with --only",
      );
    }
    for (const name of OF_MUTANTS)
      if (options[name] !== undefined) throw new UsageError(`--${name} needs --mutants`, "rmap check --help");
    const { seconds = 60, seed = 1, workers = availableParallelism(), html, junit } = options;
    const settings = {
      seconds: parseInteger("--seconds", seconds, 1, 1_000_000),
      seed: parseInteger("--seed", seed, 1, 2 ** 31 - 1),
      lanes: parseInteger("--workers", workers, 1, 256),
      catalogue: options["catalogue"] !== false,
      ...(options["model"] !== undefined && { models: modelsNamed(options["model"]).filter(isWeak) }),
    };
    const shard = parseShard(options["shard"]);
    if (html !== undefined) await checkWritable("--html", String(html));
    if (junit !== undefined) await checkWritable("--junit", String(junit));
    const variant = folder === undefined ? MAINLINE : await loadVariant(folder);
    const run = await headOfCheck(variant, shard, settings);
    const work = new Check(variant, { ...settings, ...(shard && { shard }) });
    context.note(`compiling ${variant.name}`);
    const print = async (result: CheckResult) => {
      if (context.json)
        await writeResult(toJson({ schema: "rmap.check/1", ...(run && { run }), ...result }, 2));
      else await writeResult(fitted(checkText(result, context.paint)));
    };
    context.tellSoFar = async () => {
      const result = await work.soFar();
      if (result !== undefined) await print(result);
    };
    const began = performance.now();
    const result = await context.using(work, () =>
      work.run((progress) => {
        const left = Math.max(0, Math.ceil(settings.seconds - (performance.now() - began) / 1000));
        context.done = progressText(progress);
        context.progress.say(progress.stage, `: ${context.done}, ${left} s left`);
      }),
    );
    context.progress.clear();
    if (html !== undefined) await writeOutput(String(html), checkPage(result));
    if (junit !== undefined) await writeOutput(String(junit), junitText("rmap.check", junitOf(result)));
    await print(result);
    return result.verdict === "no finding" ? 0 : 1;
  },
};

function progressText({ programs, races, executions }: CheckProgress): string {
  return `${count(programs)} programs, ${count(races)} races, ${count(executions)} executions`;
}
