/**
 * The long form of `rmap stress --all`: are bugs found every time, and is what is expected clean clean?
 *
 *   node scripts/stress-campaign.mjs [--runs N] [--seconds S] [--clean T] [--mainline T] [--only TEXT] [--out FOLDER]
 *
 * --runs      how often each row is run in which a bug is expected, with another seed each time (default 20)
 * --seconds   longest time of such a row (default 20; it ends at its finding)
 * --clean     seconds for all rows together in which nothing is expected, of variants (default 600)
 * --mainline  seconds for all scenarios together in the engine as it is, with 8 CPUs (default 600)
 * --only      only rows whose variant or scenario has this in its name
 * --out       where the results go, a file a run, as `scripts/coverage.mjs --measure` wants them (default build/stress)
 *
 * Costs about twice 10 minutes of all cores and the time of the findings. Exit code 1 when a row is not as expected.
 * Needs dist/.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus as cpuInfo } from "node:os";
import { join } from "node:path";
import { commitOf } from "../dist/bench/commit.js";
import { loadScenarios } from "../dist/scenario/catalogue.js";
import { loadVariants, MAINLINE } from "../dist/scenario/variant.js";
import { rowsOf, runStressRow } from "../dist/stress/suite.js";
import { nearest } from "../dist/text/nearest.js";
import { optionsOf } from "./options.mjs";

const { values } = optionsOf({
  options: {
    runs: { type: "string", default: "20" },
    seconds: { type: "string", default: "20" },
    clean: { type: "string", default: "600" },
    mainline: { type: "string", default: "600" },
    only: { type: "string", default: "" },
    out: { type: "string", default: "build/stress" },
  },
});
const [runs, seconds, clean, mainline] = [values.runs, values.seconds, values.clean, values.mainline].map(
  Number,
);
if (![runs, seconds, clean, mainline].every((number) => number >= 0)) {
  process.stderr.write("--runs, --seconds, --clean and --mainline must be numbers of at least 0\n");
  process.exit(2);
}

const scenarios = await loadScenarios();
const variants = await loadVariants();
const asked = ({ variant, scenario }) =>
  variant.name.includes(values.only) || scenario.name.includes(values.only);
const rows = variants.flatMap((variant) => rowsOf(variant, scenarios)).filter(asked);
const isBug = ({ variant, scenario }) => variant.verdicts[scenario.name]?.expected === "bug";
const bugs = rows.filter(isBug);
const quiet = rows.filter((row) => !isBug(row));
const plain = rowsOf(MAINLINE, scenarios).filter(asked);
if (rows.length + plain.length === 0) {
  const names = [MAINLINE, ...variants, ...scenarios].map(({ name }) => name);
  const near = nearest(values.only, names).join(", ");
  process.stderr.write(
    `no variant or scenario has a name that contains "${values.only}"; the nearest names are ${near}\n`,
  );
  process.exit(2);
}
/** What was measured, and on what. */
const about = {
  commit: commitOf() ?? "unknown",
  machine: `${cpuInfo()[0]?.model ?? "unknown"}, ${availableParallelism()} cores, Node ${process.version}`,
};
let wrong = 0;
let seed = 1 + (Date.now() % 0xffffff);

/** Runs rows one after the other and writes their results; prints the rows that are not as expected. */
async function run(name, list, cpus, time) {
  const results = [];
  for (const row of list) {
    seed = (seed * 48271) % 0x7fffffff;
    const result = await runStressRow(row, { cpus, seconds: time, seed });
    results.push(result);
    if (result.asExpected) continue;
    wrong++;
    const found = result.found ? `${result.found.invariant}: ${result.found.message}` : "nothing";
    console.log(`${row.scenario.name} in ${row.variant.name}: ${found} in ${result.seconds.toFixed(1)} s`);
    if (result.found) console.log(`  ${result.found.replay}`);
  }
  await writeFile(
    join(values.out, `${name}.json`),
    JSON.stringify({ schema: "rmap.stress/1", ...about, results }),
  );
  return results;
}

await mkdir(values.out, { recursive: true });
console.log(
  `${bugs.length} rows with an expected bug, ${quiet.length} clean rows of variants, ${plain.length} rows of mainline`,
);
for (let index = 1; index <= runs && bugs.length > 0; index++) {
  const results = await run(`run-${index}`, bugs, 4, seconds);
  const found = results.filter(({ found }) => found);
  const longest = Math.max(...results.map((result) => result.seconds));
  console.log(
    `run ${index} of ${runs}: found in ${found.length} of ${results.length} rows, the last after ${longest.toFixed(2)} s`,
  );
}
if (clean > 0 && quiet.length > 0) {
  await run("clean", quiet, 4, clean / quiet.length);
  console.log(`${quiet.length} rows without a bug, ${clean} s`);
}
if (mainline > 0 && plain.length > 0) {
  await run("mainline", plain, 8, mainline / plain.length);
  console.log(`${plain.length} scenarios in the engine as it is, 8 CPUs, ${mainline} s`);
}
console.log(wrong === 0 ? "all as expected" : `${wrong} not as expected`);
process.exitCode = wrong === 0 ? 0 : 1;
