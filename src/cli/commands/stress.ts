/** `rmap stress`: runs scenarios on real worker CPUs, and says what broke. */
import { UsageError } from "../../errors.js";
import { toJson } from "../../report/json.js";
import { loadScenarios, pickScenarios } from "../../scenario/catalogue.js";
import { loadVariant, loadVariants, MAINLINE } from "../../scenario/variant.js";
import { storyText } from "../../stress/story.js";
import { rowsOf, runStressRow, type StressResult, type StressRow } from "../../stress/suite.js";
import type { Command, RawOptions } from "../command.js";
import { parseInteger } from "../size.js";
import { writeResult } from "../terminal.js";

export const stress: Command = {
  usage: "stress [...scenarios]",
  summary: "Run scenarios on worker CPUs that race, and check the invariants",
  options: [
    ["--all", "Every scenario in mainline, and in every variant that has a verdict on it"],
    ["--variant <name>", "A variant (see rmap variants), or the path of a folder of your own"],
    ["--cpus <n>", "Worker threads as CPUs (default: 4)"],
    ["--seconds <s>", "Time of each row; a row ends at its first finding (default: 20)"],
    ["--seed <n>", "Where CPUs dawdle, to widen the windows of races (default: another one each time)"],
    ["--json", "Print the rows as one JSON object"],
  ],
  examples: [
    "stress first-fault --seconds 5",
    "stress --variant 2008-original",
    "stress --variant ./my-idea --cpus 8",
    "stress --all --json",
  ],
  async run(names, options, context) {
    const anySeed = 1 + (Date.now() % 0xffffff);
    const { cpus: givenCpus = 4, seconds: givenSeconds = 20, seed: givenSeed = anySeed } = options;
    const cpus = parseInteger("--cpus", givenCpus, 1, 63);
    const seconds = parseSeconds(givenSeconds);
    const seed = parseInteger("--seed", givenSeed, 1, 2 ** 31 - 1);
    const rows = await chooseRows(names, options);
    const results: StressResult[] = [];
    for (const [index, row] of rows.entries()) {
      const name = `${row.scenario.name} in ${row.variant.name}`;
      const place = `row ${index + 1} of ${rows.length}, ${name}`;
      context.progress.say(`${place}: compiling`);
      const result = await runStressRow(row, {
        ...{ cpus, seconds, seed },
        onProgress: ({ rounds, seconds: done }) =>
          context.progress.say(`${place}: ${rounds.toLocaleString("en-US")} rounds, ${done.toFixed(1)} s`),
      });
      context.progress.clear();
      results.push(result);
      if (!context.json) await writeResult(rowText(result));
    }
    if (context.json) await writeResult(toJson({ schema: "rmap.stress/1", results }, 2));
    return results.every(({ asExpected }) => asExpected) ? 0 : 1;
  },
};

/** Which rows a command line asks for. Throws UsageError when that is none, or too many ways at once. */
async function chooseRows(names: readonly string[], { all, variant }: RawOptions): Promise<StressRow[]> {
  const scenarios = await loadScenarios();
  const asked = pickScenarios(scenarios, names);
  if (all) {
    if (names.length > 0) throw new UsageError("--all and names of scenarios exclude each other");
    if (variant !== undefined) throw new UsageError("--all and --variant exclude each other");
    return [MAINLINE, ...(await loadVariants())].flatMap((found) => rowsOf(found, scenarios));
  }
  if (names.length === 0 && variant === undefined) {
    throw new UsageError(
      "no scenario is named",
      "name some, or a --variant, or say --all; `rmap scenarios` lists them",
    );
  }
  const found = variant === undefined ? MAINLINE : await loadVariant(String(variant));
  return rowsOf(found, scenarios, asked);
}

function parseSeconds(value: unknown): number {
  const seconds = Number(value);
  if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds;
  throw new UsageError(`--seconds is a time in seconds, up to a day, not "${value}"`);
}

function rowText({ scenario, variant, found, seconds, rounds, asExpected, expected }: StressResult): string {
  const what = found
    ? `${found.invariant} after ${seconds.toFixed(1)} s`
    : `nothing in ${seconds.toFixed(1)} s`;
  const verdict = asExpected ? "as expected" : `not as expected: ${expected}`;
  const lines = [`${scenario} in ${variant}: ${what}, ${rounds.toLocaleString("en-US")} rounds; ${verdict}`];
  if (found) {
    const story = storyText(found.story).map((line) => `    ${line}`);
    lines.push(`  ${found.message}`, ...story, `  again: ${found.replay}`);
  }
  return lines.join("\n");
}
