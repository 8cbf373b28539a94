/** `rmap stress`: runs scenarios on real worker CPUs, and reports what breaks. */

import { UsageError } from "../../errors.js";
import { changedLines, ranIn } from "../../report/changed-text.js";
import { toJson } from "../../report/json.js";
import { junitText } from "../../report/junit.js";
import { stressPage } from "../../report/page/stress.js";
import { junitCase } from "../../report/rows.js";
import type { RunHead } from "../../report/run-file.js";
import { loadScenarios } from "../../scenario/catalogue.js";
import { loadVariant, loadVariants, MAINLINE, variantNames } from "../../scenario/variant.js";
import { compileAhead } from "../../stress/compile.js";
import { storyText } from "../../stress/story.js";
import {
  compileRowVariant,
  rowsOf,
  runStressRow,
  type StressResult,
  type StressRow,
} from "../../stress/suite.js";
import { count } from "../../text/numbers.js";
import type { Paint } from "../../text/paint.js";
import type { Command, RawOptions } from "../command.js";
import { checkOutputs, writeOutput } from "../output.js";
import { chooseRaces } from "../races.js";
import { parseShard, pieceOf } from "../shard.js";
import { parseInteger, parseSeconds } from "../size.js";
import { fitted, writeResult } from "../terminal.js";

/** Default time of a row, in seconds. */
const SECONDS = 20;
/** With at most this many rows, the report has the story of each finding. */
const FEW = 3;

export const stress: Command = {
  usage: "stress [...scenarios]",
  summary: "Run scenarios, or a race of your own, on worker CPUs, and check the invariants",
  options: [
    ["--all", "Run every scenario in mainline and in each variant that has a verdict on it"],
    ["--variant <name>", "Run in this variant (see `rmap variants`), or in your own folder: give its path"],
    ["--cpus <n>", "Number of CPUs, each a worker thread (default: 4)"],
    ["--seconds <s>", "Seconds for each row; a row ends at its first finding (default: 20)"],
    ["--rounds <n>", "Rounds of each row, without a time limit; with --seconds, the first limit counts"],
    ["--seed <n>", "Seed for the delays that widen the windows of races (default: a new one each time)"],
    ["--shard <i/n>", "Run only shard I of N of the rows; `rmap merge` joins the JSON of all of them"],
    ["--html <file>", "Write the rows and their stories as one self-contained HTML page, to step through"],
    ["--junit <file>", "Write a JUnit file with a test case for each row"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: [
    "stress first-fault --seconds 5",
    "stress --variant 2008-original",
    "stress --variant ./my-idea --cpus 8",
    "stress ./my.race --variant ./my-idea",
    "stress --all --json",
    "stress --all --shard 1/4 --json",
  ],
  async run(names, options, context) {
    const anySeed = 1 + (Date.now() % 0xffffff);
    const {
      cpus: givenCpus = 4,
      seconds: givenSeconds,
      rounds: givenRounds,
      seed: givenSeed = anySeed,
    } = options;
    const cpus = parseInteger("--cpus", givenCpus, 1, 63);
    const rounds =
      givenRounds === undefined ? undefined : parseInteger("--rounds", givenRounds, 1, 2 ** 31 - 1);
    // You count rounds so that the machine's speed does not matter. So there is no time limit unless you give one.
    const seconds =
      givenSeconds === undefined
        ? rounds === undefined
          ? SECONDS
          : undefined
        : parseSeconds("--seconds", givenSeconds);
    const seed = parseInteger("--seed", givenSeed, 1, 2 ** 31 - 1);
    const { html, junit } = options;
    const shard = parseShard(options["shard"]);
    await checkOutputs(
      [
        ["--html", html],
        ["--junit", junit],
      ],
      [],
    );
    const all = await chooseRows(names, options);
    // The seed is not part of the plan: without --seed, each shard has its own.
    const limits = { cpus, seconds, rounds };
    const { head, rows }: { head?: RunHead; rows: readonly (StressRow & { readonly row?: number })[] } = shard
      ? await pieceOf(all, shard, "stress", limits)
      : { rows: all };
    const results: StressResult[] = [];
    const end = (interrupted: boolean) => endText(results, rows.length, interrupted);
    context.tellSoFar = async () => {
      if (context.json) await writeResult(jsonText(results, rows.length, head));
      else if (rows.length > 1) await writeResult(fitted(end(true)));
    };
    // Compile the folder first: if that fails, you need not wait for its rows.
    const folder = rows.find(({ variant }) => variant.foreign)?.variant;
    if (folder !== undefined) {
      context.progress.say(`compiling ${folder.folder}`);
      await compileRowVariant(folder);
    }
    if (rows.some(({ scenario }) => scenario.stress.boot.daemons !== undefined))
      context.note("kswapd and the flusher do not run under stress: `rmap explore` runs a race's daemons");
    if (rows.length > 1 && seconds !== undefined) context.note(estimateText(rows, seconds));
    await compileAhead(
      rows.map(({ variant }) => variant),
      (done, of) => context.progress.say(`compiling variants: ${done} of ${of}`),
    );
    for (const [index, row] of rows.entries()) {
      const name = `${row.scenario.name} in ${row.variant.name}`;
      const place = `row ${index + 1} of ${rows.length}, ${name}`;
      context.progress.say(`${place}: compiling`);
      const result = await runStressRow(row, {
        ...{ cpus, seed, ...(seconds !== undefined && { seconds }), ...(rounds !== undefined && { rounds }) },
        using: (threads, work) => context.using(threads, work),
        onProgress: ({ rounds, seconds: done }) =>
          context.progress.say(place, `: ${count(rounds)} rounds, ${done.toFixed(1)} s`),
      });
      context.progress.clear();
      results.push(row.row === undefined ? result : { ...result, row: row.row });
      context.done = `${results.length} of ${rows.length} rows are done`;
      if (!context.json) await writeResult(fitted(rowText(result, rows.length <= FEW, context.paint)));
    }
    if (html !== undefined) await writeOutput(String(html), stressPage(results));
    if (junit !== undefined)
      await writeOutput(String(junit), junitText("rmap.stress", results.map(junitCase)));
    const wrong = results.filter(({ asExpected }) => !asExpected).length;
    if (context.json) await writeResult(jsonText(results, rows.length, head));
    else {
      const changed = ranIn(results);
      if (changed.length > 0) await writeResult(fitted(changedLines(changed).join("\n")));
      if (rows.length !== 1) await writeResult(end(false));
    }
    return wrong === 0 ? 0 : 1;
  },
};

/** The rows as one JSON object. After an interrupt it includes the planned number of rows. */
function jsonText(results: readonly StressResult[], rows: number, run?: RunHead): string {
  const interrupted = results.length < rows ? { interrupted: true, rows } : {};
  return toJson({ schema: "rmap.stress/1", ...(run && { run }), results, ...interrupted }, 2);
}

/** The last line of many rows. */
function endText(results: readonly StressResult[], rows: number, interrupted: boolean): string {
  const right = results.filter(({ asExpected }) => asExpected).length;
  const all = right === results.length && right > 0 ? "all" : `${right}`;
  return `${results.length}${interrupted ? ` of ${rows}` : ""} rows, ${all} as expected`;
}

/** The longest time that the rows can take. A row ends at its first finding. */
function estimateText(rows: readonly StressRow[], seconds: number): string {
  const all = Math.ceil(rows.length * seconds);
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor((all % 3600) / 60)];
  const parts = [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, hours === 0 && `${all % 60} s`];
  const time = parts.filter((part) => part !== false && part !== "0 s").join(" ");
  const variants = new Set(rows.map(({ variant }) => variant)).size;
  const compiling = variants > 1 ? `, and seconds to compile each of ${variants} variants` : "";
  return `${rows.length} rows of at most ${seconds} s: up to ${time || "1 s"}${compiling}; use --seconds to shorten it`;
}

/**
 * The rows that a command line asks for. Throws UsageError when there are none, or when options contradict each
 * other.
 */
async function chooseRows(names: readonly string[], { all, variant }: RawOptions): Promise<StressRow[]> {
  const scenarios = await loadScenarios();
  if (all) {
    if (names.length > 0) throw new UsageError("--all and names of scenarios exclude each other");
    if (variant !== undefined) throw new UsageError("--all and --variant exclude each other");
    return [MAINLINE, ...(await loadVariants())].flatMap((found) => rowsOf(found, scenarios));
  }
  if (names.length === 0 && variant === undefined) {
    throw new UsageError(
      "no scenario is named",
      "name scenarios, or use --variant or --all; `rmap scenarios` lists them",
    );
  }
  const found = variant === undefined ? MAINLINE : await loadVariant(String(variant));
  const asked = await chooseRaces([...scenarios, ...found.races], names, await variantNames());
  const rows = rowsOf(found, scenarios, asked);
  if (rows.length > 0) return rows;
  const [first] = asked;
  throw new UsageError(
    first
      ? `${first.name} does not run on mainline: ${first.notOnMainline}`
      : `${found.name} has no verdict on any scenario`,
    "name a scenario and a variant that belong together; `rmap variants` lists the expected results",
  );
}

/** A row in one line. Then the finding, with its story when there are few rows or when it was not expected. */
function rowText(result: StressResult, few: boolean, paint: Paint): string {
  const { scenario, variant, found, seconds, rounds, asExpected, expected } = result;
  const time = `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const what = found ? `${found.invariant} after ${time}` : `nothing in ${time}`;
  const verdict = asExpected
    ? paint("green", "as expected")
    : paint("red", `not as expected (${expectedText(result)})`);
  const head = `${paint("bold", scenario)} in ${variant}: ${what}, ${count(rounds)} rounds; ${verdict}`;
  const hint =
    expected === "none" ? ["  this bug shows only on weaker memory: no run on this machine can find it"] : [];
  if (!found) return [head, ...hint].join("\n");
  const story = few || !asExpected ? storyText(found.story).map((line) => `    ${line}`) : [];
  const exact = found.explore ? [`  every interleaving of a smaller form: ${found.explore}`] : [];
  return [head, `  ${found.message}`, ...story, `  again: ${found.replay}`, ...exact].join("\n");
}

function expectedText({ expected, by }: StressResult): string {
  if (expected !== "bug") return `expected ${expected === "clean" ? "clean" : "nothing"}`;
  return by ? `expected ${by.join(" or ")}` : "expected a bug";
}
