/**
 * Writes docs/coverage.md: which variant is expected to show what in which scenario.
 *
 *   node scripts/coverage.mjs                     from the catalogue, with the times that were measured last
 *   node scripts/coverage.mjs --check             exit code 1 when the page is not what would be written
 *   node scripts/coverage.mjs --measure RESULT…   takes the times from results of scripts/stress-campaign.mjs
 *
 * Needs dist/. What was measured is kept in docs/coverage.json.
 */

import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { loadScenarios } from "../dist/scenario/catalogue.js";
import { loadVariants } from "../dist/scenario/variant.js";
import { optionsOf } from "./options.mjs";

const { values: flags, positionals: results } = optionsOf({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, measure: { type: "boolean", default: false } },
});
if (flags.measure !== results.length > 0) {
  const what = flags.measure ? "--measure needs files of results" : "files of results go with --measure";
  process.stderr.write(`${what}: scripts/stress-campaign.mjs --out FOLDER writes them\n`);
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

/** What all the measured rows come to, in sentences. */
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
          `${what}, on ${list[0].cpus} CPUs: ${count(sum(list, "seconds"))} s and ${count(sum(list, "operations"))} operations in all, ${sum(list, "found")} findings.`,
        ];
  return [
    [
      `Measured by \`scripts/stress-campaign.mjs\` at commit ${commit} (${machine}).`,
      `${bugs.length} rows in which a bug is expected, on ${bugs[0]?.cpus} CPUs: found in ${sum(bugs, "found")} of ${sum(bugs, "runs")} runs, at the latest after ${longest.toFixed(1)} s.`,
      ...silence(quiet, `${quiet.length} rows of variants in which nothing is expected`),
      ...silence(plain, `${plain.length} scenarios in the engine as it is`),
    ].join(" "),
  ];
}

const SIGNS = { bug: "B", clean: "·", "needs-exploration": "?" };

/** The page's text. */
function text(scenarios, variants, measured) {
  const time = (variant, scenario) => {
    const row = measured.rows?.[`${variant} ${scenario}`];
    if (!row) return "";
    return row.found === 0
      ? `nothing in ${row.seconds.toFixed(0)} s`
      : `${row.median.toFixed(2)} s, ${row.found} of ${row.runs}`;
  };
  const head = scenarios.map((_, index) => index + 1);
  const mainline = [
    "mainline",
    ...scenarios.map(({ notOnMainline }) => (notOnMainline === undefined ? "·" : "")),
  ];
  const matrix = variants.map(({ name, verdicts }) => [
    `\`${name}\``,
    ...scenarios.map((scenario) => SIGNS[verdicts[scenario.name]?.expected] ?? ""),
  ]);
  const table = (rows) => rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const rule = (count) => Array.from({ length: count }, () => "---");
  const sections = scenarios.map(({ name, title, source, notOnMainline }, index) => {
    const rows = variants.flatMap((variant) => {
      const verdict = variant.verdicts[name];
      if (!verdict) return [];
      const shows = verdict.expected === "bug" ? (verdict.by ?? ["any"]).join(", ") : "";
      return [[`\`${variant.name}\``, verdict.expected, shows, time(variant.name, name), verdict.why]];
    });
    const own = notOnMainline === undefined ? [["mainline", "clean", "", time("mainline", name), ""]] : [];
    const columns = ["variant", "expected", "shows as", "found after (median)", "why"];
    return [
      `## ${index + 1}. ${name}`,
      `${title}. ${source}.`,
      ...(notOnMainline === undefined ? [] : [`Not on mainline: ${notOnMainline}`]),
      table([columns, rule(columns.length), ...own, ...rows]),
    ].join("\n\n");
  });
  return `${[
    "# Coverage: scenario by variant",
    "Generated by `node scripts/coverage.mjs`; do not edit. `rmap scenarios` and `rmap variants` tell the stories, [stress](stress.md) how it is run.",
    "B: a bug is expected; ·: clean; ?: only a weaker memory model can show it. The columns are the scenarios below.",
    ...summary(measured, variants),
    table([["variant", ...head], rule(head.length + 1), mainline, ...matrix]),
    ...sections,
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
