/**
 * Writes docs/mutants.md: which small changes of the engine nothing sees, and what each of them means.
 *
 *   node scripts/mutants.mjs                    writes the page from the last record and the judgements
 *   node scripts/mutants.mjs --check            ends with exit code 1 when the page is out of date
 *   node scripts/mutants.mjs --record RESULT…   takes the record from results of `rmap check --mutants --json`, shards too
 *
 * Needs dist/. The record is docs/mutants.json. docs/mutants-judged.json has the judgements, which people write.
 */

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { allMutants } from "../dist/check/mutants/suite.js";
import { optionsOf } from "./options.mjs";

const { values: flags, positionals: results } = optionsOf({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, record: { type: "boolean", default: false } },
});
if (flags.record !== results.length > 0) {
  const what = flags.record ? "--record needs result files" : "result files need --record";
  process.stderr.write(`${what}; write them with rmap check --mutants --json\n`);
  process.exit(2);
}
const file = (name) => fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
const STATUSES = ["seen", "survived", "equal", "broken"];

/** The rows of several results; of a mutant that is in more than one, the one that saw it, else the last. */
async function rowsOf(files) {
  const rows = new Map();
  const about = { seconds: new Set(), engine: null };
  for (const name of files) {
    const { results: found, seconds, engine } = JSON.parse(await readFile(name, "utf8"));
    about.seconds.add(seconds);
    about.engine ??= engine;
    for (const row of found) if (rows.get(row.name)?.status !== "seen") rows.set(row.name, row);
  }
  if (about.engine !== null) {
    process.stderr.write("the engine as it is shows something in a result, so it proves nothing\n");
    process.exit(1);
  }
  return { rows: [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), seconds: [...about.seconds] };
}

/** What the page needs: counts, and the mutants that were not seen. */
async function record(files) {
  const { rows, seconds } = await rowsOf(files);
  const count = (of) => {
    const counts = {};
    for (const row of rows) {
      const key = of(row);
      if (key === undefined) continue;
      counts[key] ??= Object.fromEntries(STATUSES.map((status) => [status, 0]));
      counts[key][row.status]++;
    }
    return counts;
  };
  const seen = {};
  for (const row of rows.filter(({ status }) => status === "seen")) {
    const { by, invariant } = row.seen;
    const key = `${by} ${invariant}`;
    seen[key] = (seen[key] ?? 0) + 1;
  }
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  return {
    about: {
      all: (await allMutants()).mutants.length,
      judged: rows.length,
      commit,
      machine: `${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
      seconds,
    },
    cost: Math.round(rows.reduce((sum, row) => sum + row.seconds, 0)),
    operators: count(({ operator }) => operator),
    files: count((row) => row.file),
    seen,
    unseen: rows
      .filter(({ status }) => status !== "seen")
      .map(({ name, line, status, change, runs, seen: sight }) => ({
        ...{ name, line, status, runs },
        ...(status === "broken" && { why: sight?.message }),
        change: change.map(({ was, now }) =>
          [was, now].map((lines) => lines.map((text) => text.trim()).join(" ")),
        ),
      })),
  };
}

/** A table; a bar inside a cell is no border. */
const table = (columns, rows) =>
  [
    columns,
    columns.map(() => "---"),
    ...rows.map((cells) => cells.map((cell) => String(cell).replaceAll("|", "\\|"))),
  ]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

const code = (text) => `\`${text.replaceAll("`", "'")}\``;
const sum = (counts, status) => Object.values(counts).reduce((all, one) => all + one[status], 0);
const percent = (part, whole) => (whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`);

/** By kind of thing: how many came to what. */
function countTable(what, counts) {
  const line = (name, one) => [
    name,
    STATUSES.reduce((all, status) => all + one[status], 0),
    ...STATUSES.map((status) => one[status]),
    percent(one.seen, one.seen + one.survived),
  ];
  const all = Object.fromEntries(STATUSES.map((status) => [status, sum(counts, status)]));
  return table(
    [what, "mutants", "seen", "not seen", "the same module", "no program", "seen of the others"],
    [...Object.entries(counts).map(([name, one]) => line(code(name), one)), line("all", all)],
  );
}

/** A change in one cell. */
function changeText(change) {
  return change
    .map(([was, now]) => (now === "" ? `without ${code(was)}` : `${code(was)} → ${code(now)}`))
    .join("; ");
}

/** The page's text. `judged`: groups of mutants with one judgement each. */
function page({ about, cost, operators, files, seen, unseen }, judged) {
  const survivors = unseen.filter(({ status }) => status === "survived");
  const byName = new Map(survivors.map((one) => [one.name, one]));
  const verdictOf = new Map(judged.flatMap((group) => group.mutants.map((name) => [name, group])));
  const group = (is) => judged.filter((one) => one.is === is && one.mutants.some((name) => byName.has(name)));
  const count = (is) => survivors.filter(({ name }) => verdictOf.get(name)?.is === is).length;
  const open = survivors.filter(({ name }) => !verdictOf.has(name));
  const [seenAll, equal] = [sum(operators, "seen"), sum(operators, "equal")];
  const same = equal + count("equivalent");
  const all = seenAll + equal + survivors.length;
  const rows = (some) =>
    some.map(({ name, line, change, runs }) => [code(name), line, changeText(change), runs]);
  const columns = ["mutant", "line", "what it changes", "runs"];
  const part = (is) =>
    group(is).flatMap(({ why, mutants }) => [
      why,
      table(columns, rows(mutants.flatMap((name) => byName.get(name) ?? []))),
    ]);
  return `${[
    "# Mutants: what the checks do not see",
    "`rmap check --mutants` changes the engine by one small step at a time, and holds each result against everything that `rmap check` has: invariants, the words of pages, the kernel's answers, made-up programs and races, and the races of the package. This page is the record of a run, with a judgement on each mutant that nothing saw. [Check](check.md) says how to run it.",
    `The record was put together at commit ${about.commit} (${about.machine}). Runs had ${about.seconds.join(" or ")} s of processor time for a mutant that nothing sees; ${cost.toLocaleString("en-US")} processor seconds in all, without the compiler.`,
    ...(about.judged < about.all
      ? [
          `It is a sample: ${about.judged.toLocaleString("en-US")} of ${about.all.toLocaleString("en-US")} mutants. Not each of those that were not seen was compared with the engine.`,
        ]
      : []),
    [
      `- ${all} mutants compile. ${seenAll} are seen.`,
      `- ${same} are the same engine (${percent(same, all)}): the optimised module of ${equal} equals the engine's byte for byte, and ${count("equivalent")} are argued below.`,
      `- Of the others, ${percent(seenAll, all - same)} are seen.`,
      `- ${count("unseen")} are wrong or slower, and not seen; ${open.length} nobody has judged yet.`,
    ].join("\n"),
    "`node scripts/mutants.mjs` generates this page from `docs/mutants.json` and `docs/mutants-judged.json`. Do not edit it.",
    "## By operator",
    countTable("operator", operators),
    "## By file",
    countTable("file", files),
    "## What has seen them",
    table(
      ["part", "shows as", "mutants"],
      Object.entries(seen)
        .sort(([, a], [, b]) => b - a)
        .map(([key, number]) => [...key.split(" "), number]),
    ),
    "## Equivalent",
    ...(count("equivalent") > 0 ? part("equivalent") : ["None is argued to be."]),
    "## Not seen",
    ...(count("unseen") > 0 ? part("unseen") : ["None is judged to be."]),
    ...(open.length > 0 ? ["## Not judged yet", table(columns, rows(open))] : []),
  ].join("\n\n")}\n`;
}

const read = async (name) => JSON.parse(await readFile(file(name), "utf8"));
const measured = flags.record ? await record(results) : await read("mutants.json");
const judged = await read("mutants-judged.json");
const wanted = page(measured, judged);
if (flags.check) {
  const survivors = new Set(
    measured.unseen.flatMap(({ name, status }) => (status === "survived" ? [name] : [])),
  );
  const stale = judged.flatMap(({ mutants }) => mutants).filter((name) => !survivors.has(name));
  if (stale.length > 0) process.stderr.write(`judged, but no survivor of the record: ${stale.join(", ")}\n`);
  const old = (await readFile(file("mutants.md"), "utf8").catch(() => "")) !== wanted;
  if (old) process.stderr.write("docs/mutants.md is not up to date: run `node scripts/mutants.mjs`\n");
  if (old || stale.length > 0) process.exitCode = 1;
} else {
  if (flags.record) await writeFile(file("mutants.json"), `${JSON.stringify(measured, null, 1)}\n`);
  await writeFile(file("mutants.md"), wanted);
}
