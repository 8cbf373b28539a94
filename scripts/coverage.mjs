/**
 * Writes docs/coverage.md: which variant breaks in which scenario, a part for each year of history.
 *
 *   node scripts/coverage.mjs                     takes the verdicts of the catalogue, and the last measured times
 *   node scripts/coverage.mjs --check             ends with exit code 1 when the page is out of date
 *   node scripts/coverage.mjs --measure RESULT…   takes the times from results of scripts/stress-campaign.mjs
 *
 * Needs dist/. The measured times are kept in docs/coverage.json.
 */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { MODELS } from "../dist/lkmm/rules.js";
import { loadScenarios } from "../dist/scenario/catalogue.js";
import { loadVariants } from "../dist/scenario/variant.js";
import { expectedIn } from "../dist/scenario/verdict.js";
import { optionsOf } from "./options.mjs";

const { values: flags, positionals: results } = optionsOf({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, measure: { type: "boolean", default: false } },
});
if (flags.measure !== results.length > 0) {
  const what = flags.measure ? "--measure needs result files" : "result files need --measure";
  process.stderr.write(`${what}; write them with scripts/stress-campaign.mjs --out FOLDER\n`);
  process.exit(2);
}
const page = fileURLToPath(new URL("../docs/coverage.md", import.meta.url));
const times = fileURLToPath(new URL("../docs/coverage.json", import.meta.url));

/** The middle of some numbers; of an even count the lower one. */
function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)];
}

/**
 * From several results: what was measured on what, and by variant and scenario how often a bug was found, of how many
 * runs, after how many seconds (median and longest), and for how many seconds and operations all runs went on.
 */
async function measure(files) {
  const rows = new Map();
  let about = {};
  for (const file of files) {
    const { results: found, commit, machine } = JSON.parse(await readFile(file, "utf8"));
    about = { commit, machine };
    for (const { variant, scenario, found: finding, cpus, seconds, operations } of found) {
      const key = `${variant} ${scenario}`;
      const row = rows.get(key) ?? { cpus, runs: 0, after: [], seconds: 0, operations: 0 };
      row.runs++;
      row.seconds += seconds;
      row.operations += operations;
      if (finding) row.after.push(seconds);
      rows.set(key, row);
    }
  }
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1));
  const kept = sorted.map(([key, { after, seconds, ...row }]) => [
    key,
    {
      ...row,
      found: after.length,
      seconds: Math.round(seconds * 10) / 10,
      ...(after.length > 0 && { median: median(after), longest: Math.max(...after) }),
    },
  ]);
  return { ...about, rows: Object.fromEntries(kept) };
}

/** All measured rows in a few sentences. */
function summary({ commit, machine, rows = {} }, variants) {
  if (commit === undefined) return [];
  const sum = (list, what) => list.reduce((total, row) => total + row[what], 0);
  const count = (value) => Math.round(value).toLocaleString("en");
  const verdict = (key) => {
    const [name, scenario] = key.split(" ");
    return variants.find((variant) => variant.name === name)?.verdicts[scenario]?.expected;
  };
  const all = Object.entries(rows);
  const bugs = all.filter(([key]) => verdict(key) === "bug").map(([, row]) => row);
  const plain = all.filter(([key]) => key.startsWith("mainline ")).map(([, row]) => row);
  const quiet = all
    .filter(([key]) => verdict(key) !== "bug" && !key.startsWith("mainline "))
    .map(([, row]) => row);
  const longest = Math.max(...bugs.map((row) => row.longest ?? 0));
  const silence = (list, what) =>
    list.length === 0
      ? []
      : [
          `- **${what}** (${list[0].cpus} CPUs): ${count(sum(list, "found"))} findings in ${count(sum(list, "seconds"))} s and ${count(sum(list, "operations"))} operations.`,
        ];
  return [
    `\`scripts/stress-campaign.mjs\` measured these results at commit ${commit} (${machine}):`,
    [
      `- **${bugs.length} pairs of a protocol and a race in which we expect a bug** (${bugs[0]?.cpus} CPUs): the bug was found in ${sum(bugs, "found")} of ${sum(bugs, "runs")} runs. The slowest run took ${longest.toFixed(1)} s.`,
      ...silence(quiet, `${quiet.length} pairs in which we expect nothing`),
      ...silence(plain, `${plain.length} races on the engine as it is`),
    ].join("\n"),
  ];
}

/** A table; a bar inside a cell is no border. */
const table = (columns, rows) =>
  [
    columns,
    columns.map(() => "---"),
    ...rows.map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|"))),
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

const code = (name) => `\`${name}\``;

/** The variants by the year that their names begin with, oldest first. */
function byYear(variants) {
  const years = new Map();
  for (const variant of variants) {
    const year = /^\d{4}/.exec(variant.name)?.[0] ?? "Other";
    years.set(year, [...(years.get(year) ?? []), variant]);
  }
  return [...years].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The races in which a variant is expected to be so, in the order of the list of scenarios. */
function racesOf({ verdicts }, expected, scenarios) {
  return scenarios.map(({ name }) => name).filter((name) => verdicts[name]?.expected === expected);
}

/** The pairs that exploration finds to be wrong in some memory model: a column for each model. */
function byModel(variants, scenarios) {
  return variants.flatMap((variant) =>
    scenarios.flatMap(({ name, explore }) => {
      const verdict = variant.verdicts[name];
      if (verdict === undefined || explore === undefined) return [];
      const cells = MODELS.map((model) => (expectedIn(verdict, model) === "bug" ? "bug" : ""));
      return cells.some(Boolean) ? [[code(variant.name), code(name), ...cells]] : [];
    }),
  );
}

/** One year's part of the page: the bugs, those of exploration by memory model, then where each variant is clean. */
function part([year, variants], scenarios, measured) {
  const bugs = variants.flatMap((variant) =>
    racesOf(variant, "bug", scenarios).map((race) => {
      const row = measured.rows?.[`${variant.name} ${race}`];
      const { by = ["any"], why } = variant.verdicts[race];
      const found = row
        ? [`${row.found} of ${row.runs}`, row.found ? `${row.median.toFixed(2)} s` : ""]
        : ["", ""];
      return [code(variant.name), code(race), ...found, by.join(", "), why];
    }),
  );
  const clean = variants.flatMap((variant) => {
    const races = racesOf(variant, "clean", scenarios).map(code).join(", ");
    const hidden = racesOf(variant, "none", scenarios).map(code).join(", ");
    return races || hidden ? [[code(variant.name), races, hidden]] : [];
  });
  const models = byModel(variants, scenarios);
  const columns = ["protocol", "race", "found in", "after (median)", "shows as", "why"];
  return [
    `## ${year}`,
    ...(bugs.length > 0 ? ["Bugs:", table(columns, bugs)] : ["No protocol of this year has a bug here."]),
    ...(models.length > 0
      ? ["Bugs in exploration, by memory model:", table(["protocol", "race", ...MODELS], models)]
      : []),
    ...(clean.length > 0 ? ["Clean:", table(["protocol", "clean in", "cannot show here"], clean)] : []),
  ];
}

/** The races, each with the protocols that break in it. */
function races(scenarios, variants) {
  const rows = scenarios.map(({ name, title, source }) => {
    const broken = variants.filter(({ verdicts }) => verdicts[name]?.expected === "bug");
    return [code(name), title, source, broken.map((variant) => code(variant.name)).join(", ")];
  });
  return ["## The races", table(["race", "what happens", "source", "breaks"], rows)];
}

/** What holds of the engine itself. */
function mainline(scenarios) {
  const apart = scenarios.filter(({ notOnMainline }) => notOnMainline !== undefined);
  return [
    "## The engine as it is",
    `The engine (*mainline*) is expected to be clean in ${scenarios.length - apart.length} races. ${apart.length} races are not run on it:`,
    apart.map(({ name, notOnMainline }) => `- ${code(name)}: ${notOnMainline}`).join("\n"),
  ];
}

/** The page's text. */
function text(scenarios, variants, measured) {
  return `${[
    "# Coverage: which protocol breaks in which race",
    "This page lists what each protocol of history (a *variant*) does in each race (a *scenario*). There is a part for each year in which people argued about the protocol. `npx rmap variants NAME` and `npx rmap scenarios NAME` print the whole story. [Stress](stress.md) explains how races are run, and what I1, I5 and the other signs mean.",
    ...summary(measured, variants),
    "In the tables, *found in* says how many runs found the bug. *Shows as* lists the findings that count as this bug. *Cannot show here* lists the races that go wrong only on a processor with a weaker memory order. Such a run must find nothing, but it does not count as clean. The tables with a column for each [memory model](exploration.md#memory-models) say where `rmap explore --model` finds the bug.",
    "`node scripts/coverage.mjs` generates this page from the catalogue. Do not edit it.",
    ...mainline(scenarios),
    ...byYear(variants).flatMap((year) => part(year, scenarios, measured)),
    ...races(scenarios, variants),
  ].join("\n\n")}\n`;
}

const measured = flags.measure
  ? await measure(results)
  : await readFile(times, "utf8").then(JSON.parse, () => ({}));
const wanted = text(await loadScenarios(), await loadVariants(), measured);
if (flags.check) {
  if ((await readFile(page, "utf8").catch(() => "")) !== wanted) {
    process.stderr.write("docs/coverage.md is not up to date: run `node scripts/coverage.mjs`\n");
    process.exitCode = 1;
  }
} else {
  if (flags.measure) await writeFile(times, `${JSON.stringify(measured, null, 2)}\n`);
  await writeFile(page, wanted);
}
