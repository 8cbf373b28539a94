/** `rmap explore`: tries the interleavings of races, and reports the one that breaks. */
import { availableParallelism } from "node:os";
import { UsageError } from "../../errors.js";
import { ANSWERED, ENGINE_MODELS, isWeak } from "../../explore/models.js";
import type { RowProgress } from "../../explore/row-report.js";
import { STRATEGIES, type StrategyName } from "../../explore/row-settings.js";
import {
  type ExploreResultRow,
  type ExploreRow,
  ExploreSuite,
  exploreRowsOf,
  isLarge,
  isSplittable,
} from "../../explore/suite.js";
import { parseTurns, printTurns } from "../../explore/turns.js";
import { changedIn, changedLines } from "../../report/changed-text.js";
import { explanationLines, litmusFile } from "../../report/explanation-text.js";
import { toJson } from "../../report/json.js";
import { junitText } from "../../report/junit.js";
import { storyPage } from "../../report/page/story.js";
import { checkText, junitCase, modelText, rowLine } from "../../report/rows.js";
import type { RunHead } from "../../report/run-file.js";
import { storyLines } from "../../report/story-text.js";
import { loadScenarios, RACE } from "../../scenario/catalogue.js";
import { loadVariant, loadVariants, MAINLINE, variantNames } from "../../scenario/variant.js";
import { didYouMean } from "../../text/nearest.js";
import { count, plural } from "../../text/numbers.js";
import type { Paint } from "../../text/paint.js";
import { shown } from "../../text/words.js";
import type { Command, RawOptions } from "../command.js";
import type { Context } from "../context.js";
import { modelsNamed } from "../models.js";
import { checkOutputs, writeOutput } from "../output.js";
import { chooseRaces } from "../races.js";
import { readSaved, SaveFile } from "../saved.js";
import { parseShard, pieceOf } from "../shard.js";
import { parseInteger } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

export const explore: Command = {
  usage: "explore [...scenarios]",
  summary: "Try every interleaving of a race up to a bound, and check the invariants",
  options: [
    ["--all", "Explore every scenario in mainline and in each variant that has a verdict on it"],
    [
      "--variant <name>",
      "Explore in this variant (see `rmap variants`), or in your own folder: give its path",
    ],
    [
      "--model <list>",
      `Memory models, a row for each: ${ENGINE_MODELS.join(", ")}, separated by commas; or all (default: sc)`,
    ],
    ["--strategy <name>", "bounded, dpor, pct or random (default: bounded)"],
    ["--preemptions <n>", "bounded: the most preemptions of an execution (default: 2)"],
    [
      "--stale <n>",
      "bounded, in a weak model: the most stale reads of an execution (default: 2, and then one preemption less)",
    ],
    [
      "--executions <n>",
      "The most executions of a row (default: bounded: no limit; dpor: 20000; pct and random: 10000)",
    ],
    ["--seed <n>", "pct and random: seed of the random numbers (default: 1)"],
    [
      "--replay <string>",
      "Run one schedule again, that of a finding: what stands in its command, or in `found.replay` of the JSON",
    ],
    [
      "--litmus-out <file>",
      "Write the finding as a litmus test, which `rmap litmus` decides: of several the first one that is one",
    ],
    ["--html <file>", "Write the findings as one self-contained HTML page, to step through"],
    ["--workers <n>", "Rows that are explored at once (default: one for each core)"],
    ["--shard <i/n>", "Do only shard I of N; `rmap merge` joins the JSON of all of them"],
    ["--save <file>", "Keep finished rows in this file, so that --resume can go on after an interrupt"],
    ["--resume <file>", "Go on with a saved run: take its finished rows over"],
    ["--junit <file>", "Write a JUnit file with a test case for each row"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: [
    "explore first-fault --variant 2008-original",
    "explore --variant ./my-idea --strategy dpor",
    "explore ./my.race --preemptions 3",
    "explore store-order --variant 2008-link-first --model all",
    "explore store-order --variant 2008-link-first --model pso --litmus-out finding.litmus",
    "explore --all --json",
    "explore --all --shard 1/4 --json",
    "explore --all --save explored.json --resume explored.json",
  ],
  reading: "docs/exploration.md: how to run it, and how to read a finding; docs/scaling.md: many machines",
  async run(names, options, context) {
    const {
      strategy: givenStrategy = "bounded",
      preemptions: givenPreemptions = 2,
      seed: givenSeed = 1,
      workers: givenWorkers = availableParallelism(),
      executions,
      html,
      junit,
      save,
      resume,
    } = options;
    const models = modelsNamed(options["model"]);
    const strategy = strategyNamed(givenStrategy);
    if (strategy === "dpor" && models.some(isWeak))
      throw new UsageError(
        `--strategy dpor knows only the model sc, not ${models.find(isWeak)}`,
        "it leaves out schedules that only a weak model tells apart; leave --strategy away, or use pct or random",
      );
    const { stale } = options;
    if (stale !== undefined && !models.some(isWeak))
      throw new UsageError("in the model sc no read is stale", "add --model, for example --model pso");
    const settings = {
      strategy,
      preemptions: parseInteger("--preemptions", givenPreemptions, 0, 100),
      ...(stale !== undefined && { stale: parseInteger("--stale", stale, 0, 100) }),
      seed: parseInteger("--seed", givenSeed, 1, 2 ** 31 - 1),
      ...(options["replay"] !== undefined && { replay: printTurns(parseTurns(String(options["replay"]))) }),
      ...(executions !== undefined && { executions: parseInteger("--executions", executions, 1, 2 ** 40) }),
    };
    const workers = parseInteger("--workers", givenWorkers, 1, 256);
    const shard = parseShard(options["shard"]);
    const litmus = options["litmusOut"];
    const races = names.filter((name) => name.endsWith(RACE));
    const saved = resume === undefined || save === resume ? [] : [String(resume)];
    await checkOutputs(
      [
        ["--html", html],
        ["--junit", junit],
        ["--litmus-out", litmus],
        ["--save", save],
      ],
      [...races, ...saved],
    );
    const pieces = ["shard", "save", "resume"].filter((name) => options[name] !== undefined);
    if (settings.replay !== undefined && pieces.length > 0)
      throw new UsageError(
        `--replay runs one schedule, so it does not go together with --${pieces[0]}`,
        `leave --${pieces[0]} away`,
      );
    const all = (await chooseRows(names, options)).flatMap((row) =>
      models.map((model) => ({ ...row, model })),
    );
    const [only] = all;
    if (settings.replay !== undefined && all.length !== 1)
      throw new UsageError(
        `--replay is about one race, and ${all.length} are asked for`,
        `name the race of the string: rmap explore ${only?.scenario.name ?? "RACE"} --replay "…"`,
      );
    const fewRows = shard !== undefined && all.length < shard.of;
    const marked = all.map((row) => ({
      ...row,
      large: isLarge(row, settings) || (fewRows && isSplittable(row, settings)),
    }));
    const isPiece = shard !== undefined || save !== undefined || resume !== undefined;
    const { head, rows }: { head?: RunHead; rows: readonly ExploreRow[] } = isPiece
      ? await pieceOf(marked, shard, "model", settings)
      : { rows: marked };
    const known =
      head && resume !== undefined ? await readSaved(String(resume), head, rows, SCHEMA, save) : [];
    // What this command wrote, and readRun has looked at.
    const results = [...known] as unknown as ExploreResultRow[];
    const left = rows.filter(({ row }) => !known.some((done) => done.row === row));
    if (known.length > 0) context.note(`${known.length} of ${rows.length} rows are taken from ${resume}`);
    const inOrder = () => [...results].sort((a, b) => (a.row ?? 0) - (b.row ?? 0));
    const json = () => jsonText(inOrder(), rows.length, head);
    const saving = save === undefined ? undefined : new SaveFile(String(save));
    saving?.update(json);
    const end = (interrupted: boolean) => endText(results, rows.length, interrupted);
    context.tellSoFar = async () => {
      await saving?.done();
      if (context.json) await writeResult(json());
      else if (rows.length > 1) await writeResult(fitted(end(true)));
    };
    const suite = new ExploreSuite(left, settings, workers, options["variant"] !== undefined);
    let printed = Promise.resolve();
    if (!context.json) for (const row of known) await writeResult(fitted(rowLine(row)));
    const few = rows.length <= FEW;
    const shares = new Map<ExploreRow, number>();
    const fresh = await context.using(suite, () =>
      suite.run({
        onProgress(row, progress) {
          shares.set(row, progress.share ?? 0);
          const done = results.length + [...shares.values()].reduce((sum, share) => sum + share, 0);
          const all = rows.length > 1 ? `; ${Math.floor((100 * done) / rows.length)} % of all rows` : "";
          context.progress.say(
            `row ${results.length + 1} of ${rows.length}, ${row.scenario.name} in ${row.variant.name}${modelText(row)}`,
            `: ${progressText(progress)}${all}`,
          );
        },
        onResult(result, row) {
          context.progress.clear();
          shares.delete(row);
          results.push(result);
          saving?.update(json);
          context.done = `${results.length} of ${rows.length} rows are done`;
          if (context.json) return;
          printed = printed.then(() => writeResult(fitted(rowText(result, few, context.paint))));
        },
      }),
    );
    await printed;
    await saving?.done();
    const sorted = head === undefined ? fresh : inOrder();
    if (litmus !== undefined) await writeLitmus(String(litmus), sorted, context);
    if (html !== undefined) await writeOutput(String(html), await storyPage(rows, sorted));
    if (junit !== undefined)
      await writeOutput(String(junit), junitText("rmap.explore", sorted.map(junitCase)));
    if (context.json) await writeResult(jsonText(sorted, rows.length, head));
    else {
      const changed = changedIn(sorted);
      if (changed.length > 0) await writeResult(fitted(changedLines(changed).join("\n")));
      if (rows.length !== 1) await writeResult(end(false));
    }
    return sorted.every(({ asExpected }) => asExpected) ? 0 : 1;
  },
};

/** Writes the first finding that is a litmus test. */
async function writeLitmus(
  file: string,
  results: readonly ExploreResultRow[],
  context: Context,
): Promise<void> {
  for (const { scenario, variant, found } of results) {
    const litmus = found?.explanation?.litmus ?? "";
    if (found === null || litmus === "") continue;
    const name = `${scenario}+${variant}+${found.strongestModel}`;
    await writeOutput(file, litmusFile(litmus, name, found.command));
    return;
  }
  context.note(`${file} is not written: no finding is a litmus test, for which a read must see an old value`);
}

const SCHEMA = "rmap.explore/1";
/** With at most this many rows, the report has the story of each finding. */
const FEW = 3;

function strategyNamed(given: unknown): StrategyName {
  const name = String(given);
  const known = STRATEGIES.find((strategy) => strategy === name);
  if (known !== undefined) return known;
  throw new UsageError(
    `there is no strategy "${shown(name)}"`,
    `${didYouMean(name, STRATEGIES)}strategies are ${STRATEGIES.join(", ")}`,
  );
}

/** The rows as one JSON object. After an interrupt it includes the planned number of rows. */
function jsonText(results: readonly ExploreResultRow[], rows: number, run?: RunHead): string {
  const interrupted = results.length < rows ? { interrupted: true, rows } : {};
  return toJson({ schema: SCHEMA, ...(run && { run }), results, ...interrupted }, 2);
}

/** How far a row is: `5,120 executions, about 12 %, 9 s left`. */
function progressText({ executions, share, seconds }: RowProgress): string {
  const parts = [plural(executions, "execution")];
  if (share !== undefined) parts.push(`about ${Math.floor(share * 100)} %`);
  // Early on an estimate of the time says nothing.
  if (share !== undefined && share > 0.02 && seconds > 1)
    parts.push(`${Math.ceil((seconds / share) * (1 - share))} s left`);
  return parts.join(", ");
}

/** The last line of many rows. */
function endText(results: readonly ExploreResultRow[], rows: number, interrupted: boolean): string {
  const right = results.filter(({ asExpected }) => asExpected).length;
  const all = right === results.length && right > 0 ? "all" : `${right}`;
  const of = interrupted ? `${results.length} of ${plural(rows, "row")}` : plural(results.length, "row");
  return `${of}, ${all} as expected`;
}

/**
 * The rows that a command line asks for. Throws UsageError when there are none, or when options contradict each
 * other.
 */
async function chooseRows(names: readonly string[], { all, variant }: RawOptions): Promise<ExploreRow[]> {
  const scenarios = await loadScenarios();
  if (all) {
    if (names.length > 0) throw new UsageError("--all and names of scenarios exclude each other");
    if (variant !== undefined) throw new UsageError("--all and --variant exclude each other");
    return [MAINLINE, ...(await loadVariants())].flatMap((found) => exploreRowsOf(found, scenarios));
  }
  if (names.length === 0 && variant === undefined) {
    throw new UsageError(
      "no scenario is named",
      "name scenarios, or use --variant or --all; `rmap scenarios` lists them",
    );
  }
  const found = variant === undefined ? MAINLINE : await loadVariant(String(variant));
  const asked = await chooseRaces([...scenarios, ...found.races], names, await variantNames());
  const rows = exploreRowsOf(found, scenarios, asked);
  if (rows.length > 0) return rows;
  const [first] = asked;
  throw new UsageError(
    first
      ? `${first.name} does not run on mainline: ${first.notOnMainline}`
      : `${found.name} has no verdict on any scenario that can be explored`,
    "name a scenario and a variant that belong together; `rmap variants` lists the expected results",
  );
}

/** A row in one line. Then the finding. */
function rowText(result: ExploreResultRow, few: boolean, paint: Paint): string {
  const { scenario, variant, found, seconds, executions, complete, asExpected } = result;
  const time = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const ran = plural(executions, "execution");
  const under = modelText(result);
  const strongest =
    found && found.strongestModel !== result.model ? `; ${found.strongestModel} shows it too` : "";
  if (result.strategy === "replay" && !found)
    return `${paint("bold", scenario)} in ${variant}${under}: the schedule shows nothing`;
  const what = found
    ? `${found.invariant} at execution ${count(executions)}, ${time}`
    : `nothing in ${ran}, ${time}; ${complete ? "complete" : "not complete"} ${boundsText(result)}${checkText(result)}${sharedText(result)}`;
  const verdict = asExpected
    ? paint("green", "as expected")
    : paint("red", `not as expected (${expectedText(result)})`);
  const head = `${paint("bold", scenario)} in ${variant}${under}: ${what}${strongest}; ${verdict}`;
  if (!found) return head;
  if (!few && asExpected) return [head, `  ${found.conclusion}`, `  again: ${found.command}`].join("\n");
  const why = found.explanation ? explanationLines(found.explanation, paint) : [];
  const story = ["", ...storyLines(found.events, paint), "", ...(why.length > 0 ? [...why, ""] : [])];
  return [head, `  ${found.conclusion}`, ...story, `  again: ${found.command}`].join("\n");
}

/** That one search answers for other rows, too. */
function sharedText({ answeredBy }: ExploreResultRow): string {
  return answeredBy === undefined
    ? ""
    : `; one search for ${ANSWERED.slice(0, -1).join(", ")} and ${ANSWERED.at(-1)}`;
}

function boundsText({ strategy, bounds }: ExploreResultRow): string {
  const { preemptions = 0, stale, together = 0 } = bounds;
  if (strategy === "bounded" && stale !== undefined) {
    const most = together < preemptions + stale ? `, ${together} of both` : "";
    return `at ${plural(preemptions, "preemption")} and ${plural(stale, "stale read")}${most}`;
  }
  if (strategy === "bounded") return `at ${plural(preemptions, "preemption")}`;
  return strategy === "dpor" ? "without a bound" : `by ${strategy}`;
}

function expectedText({ expected, by, complete, found }: ExploreResultRow): string {
  if (expected !== "bug")
    return found === null && !complete
      ? "it did not complete"
      : `expected ${expected === "clean" ? "clean" : "nothing"}`;
  return by ? `expected ${by.join(" or ")}` : "expected a bug";
}
