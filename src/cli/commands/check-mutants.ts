/** `rmap check --mutants`: what of the engine's small changes the checks see. */
import { availableParallelism } from "node:os";
import { Dice } from "../../check/dice.js";
import { isOf } from "../../check/mutants/find.js";
import { linesOf, type Mutant } from "../../check/mutants/mutant.js";
import { allMutants, type MutantProgress, MutantSuite } from "../../check/mutants/suite.js";
import { UsageError } from "../../errors.js";
import { toJson } from "../../report/json.js";
import { countsOf, linesText, mutantsText } from "../../report/mutants-text.js";
import type { Shard } from "../../scenario/shard.js";
import { nearest } from "../../text/nearest.js";
import { shown } from "../../text/words.js";
import type { RawOptions } from "../command.js";
import type { Context } from "../context.js";
import { parseShard } from "../shard.js";
import { parseInteger } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

/** Options of `rmap check` that say nothing about mutants. */
const OTHERS = ["html", "junit"] as const;

/** Runs the command. Returns its exit code: 1 when a mutant is not seen, or the engine itself shows something. */
export async function checkMutants(options: RawOptions, context: Context): Promise<number> {
  const { seconds = 3, seed = 1, workers = availableParallelism(), only } = options;
  for (const name of OTHERS)
    if (options[name] !== undefined) throw new UsageError(`--mutants has no --${name}`, "take --json");
  const settings = {
    seconds: parseInteger("--seconds", seconds, 1, 1_000_000),
    seed: parseInteger("--seed", seed, 1, 2 ** 31 - 1),
    workers: parseInteger("--workers", workers, 1, 256),
  };
  const shard = parseShard(options["shard"]);
  const { mutants, textOf } = await allMutants();
  const drawn = drawnFrom(choose(mutants, only), options["sample"], settings.seed);
  const chosen = partOf(drawn, shard);
  if (options["source"]) {
    await writeResult(fitted(chosen.map((one) => sourceText(one, textOf(one.file))).join("\n\n")));
    return 0;
  }
  const suite = new MutantSuite(chosen, textOf, settings);
  const inOrder = () => {
    const places = new Map(chosen.map(({ name }, at) => [name, at]));
    return [...suite.rows].sort((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0));
  };
  const tell = async (): Promise<void> => {
    const rows = inOrder();
    const head = { schema: "rmap.mutants/1", ...settings, mutants: chosen.length, ...(shard && { shard }) };
    if (context.json)
      await writeResult(toJson({ ...head, counts: countsOf(rows), engine: suite.control, results: rows }, 2));
    else await writeResult(fitted(mutantsText(rows, chosen.length)));
  };
  context.tellSoFar = tell;
  context.note(`compiling ${chosen.length} mutants`);
  await context.using(suite, () =>
    suite.run(
      (progress) => context.progress.say(progress.stage, `: ${progressText(progress)}`),
      () => {},
    ),
  );
  context.progress.clear();
  await tell();
  if (suite.control !== null)
    context.note(
      `the engine as it is shows ${suite.control.invariant}, so this run proves nothing: ${suite.control.message}`,
    );
  return suite.control === null && countsOf(suite.rows).survived === 0 ? 0 : 1;
}

/** The mutants that `--only` names. Throws UsageError when there are none. */
function choose(mutants: readonly Mutant[], only: unknown): readonly Mutant[] {
  if (only === undefined) return mutants;
  const part = String(only);
  const chosen = mutants.filter((mutant) => isOf(mutant, part));
  if (chosen.length > 0) return chosen;
  const names = new Set(mutants.flatMap(({ name, file, declaration }) => [name, file, declaration]));
  const near = nearest(part, [...names]).slice(0, 3);
  throw new UsageError(
    `no mutant, declaration, file or folder is named ${shown(part)}`,
    near.length > 0
      ? `did you mean ${near.join(", ")}?`
      : "such as anonVmaPrepareSlow, mm/zap.ts, ksm or rmap/prepare.ts:anonVmaPrepareSlow/no-lock/1",
  );
}

/** So many of them, each as likely as any other, in their order. */
function drawnFrom(mutants: readonly Mutant[], sample: unknown, seed: number): readonly Mutant[] {
  if (sample === undefined) return mutants;
  const left = parseInteger("--sample", sample, 1, 1_000_000);
  return [...Dice.ofProgram(seed, 0).shuffled(mutants.keys())]
    .slice(0, left)
    .sort((a, b) => a - b)
    .map((at) => mutants[at] as Mutant);
}

/** Every so-manieth mutant: neighbours cost alike. */
function partOf(mutants: readonly Mutant[], shard: Shard | undefined): readonly Mutant[] {
  return shard === undefined ? mutants : mutants.filter((_, at) => at % shard.of === shard.index - 1);
}

function sourceText(mutant: Mutant, text: string): string {
  return [mutant.name, ...linesOf(text, mutant).map(linesText)].join("\n");
}

function progressText({ done, of }: MutantProgress): string {
  return `${done} of ${of}`;
}
