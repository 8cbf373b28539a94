/**
 * What does `rmap check` find by itself? Runs it without the races of the package, on folders with a known bug.
 *
 *   node scripts/check-campaign.mjs [FOLDER|VARIANT…] [--seeds N] [--from N] [--seconds S] [--workers W] [--processor]
 *                                 [--clean] [--out FILE]
 *
 * FOLDER…    folders of changed declarations, or names of variants; without any, each variant with a verdict `bug`
 * --seeds    how often each is checked, with another seed each time (default 1)
 * --from     the first seed (default 1)
 * --seconds  longest time of a check, without the compilation (default 120; it ends at its finding)
 * --workers  threads (default: one for each core)
 * --processor  the seconds are of processor time for each thread: for a machine that other programs use too
 * --clean    nothing may be found, and each changed declaration must run: for repaired forms
 * --out      writes the results as JSON too
 *
 * Variants of older kernels answer otherwise than Linux 6.18, and mean to. So a row whose only finding is such an answer is
 * not as expected.
 *
 * Costs up to two minutes of all cores for each variant that is not found, some seconds for each other one, and half a minute of two
 * cores for each compilation that is not cached yet: half an hour for all variants. Exit code 1 when a row is not as expected.
 * Needs dist/.
 */

import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Check } from "../dist/check/check.js";
import { loadVariant, loadVariants } from "../dist/scenario/variant.js";
import { optionsOf } from "./options.mjs";

const { values, positionals } = optionsOf({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "1" },
    from: { type: "string", default: "1" },
    seconds: { type: "string", default: "120" },
    workers: { type: "string", default: String(availableParallelism()) },
    processor: { type: "boolean", default: false },
    clean: { type: "boolean", default: false },
    out: { type: "string", default: "" },
  },
});
const [seeds, from, seconds, lanes] = [values.seeds, values.from, values.seconds, values.workers].map(Number);
if (![seeds, from, seconds, lanes].every((number) => number > 0)) {
  process.stderr.write("--seeds, --from, --seconds and --workers must be numbers above 0\n");
  process.exit(2);
}

const hasBug = ({ verdicts }) => Object.values(verdicts).some(({ expected }) => expected === "bug");
const variants =
  positionals.length > 0
    ? await Promise.all(positionals.map((name) => loadVariant(name)))
    : (await loadVariants()).filter(hasBug);

/** CPU seconds of this process and its threads since a mark. */
const cpuSince = (mark) => {
  const { user, system } = process.cpuUsage(mark);
  return (user + system) / 1e6;
};

/** One check, in a line. */
async function checkOnce(variant, seed) {
  const work = new Check(variant, { seconds, seed, lanes, catalogue: false, processor: values.processor });
  let mark = process.cpuUsage();
  const compiled = () => {
    mark = process.cpuUsage();
  };
  try {
    const result = await work.run(() => {}, compiled);
    const { found, verdict, programs, executions, mainline, changed, notExercised } = result;
    return {
      ...{ name: variant.name, seed, verdict, found, cpu: cpuSince(mark), seconds: result.seconds },
      ...{ programs: programs.generated - programs.races, races: programs.races, executions },
      ...{ mainline, changed, notExercised },
    };
  } catch (error) {
    return { name: variant.name, seed, verdict: error.code ?? String(error), cpu: cpuSince(mark) };
  } finally {
    await work.dispose();
  }
}

const columns = [28, 5, 14, 24, 8, 8, 9, 7, 11];
const row = (...cells) =>
  console.log(
    cells
      .map((cell, at) => String(cell).padEnd(columns[at]))
      .join(" ")
      .trimEnd(),
  );
row("folder", "seed", "verdict", "by", "seconds", "CPU s", "programs", "races", "executions");
const results = [];
let asExpected = 0;
for (const variant of variants) {
  for (let seed = from; seed < from + seeds; seed++) {
    const one = await checkOnce(variant, seed);
    results.push(one);
    const isFound = one.verdict === "finding" && one.found?.by !== "answers";
    if (values.clean ? one.verdict === "no finding" : isFound) asExpected++;
    const by = one.found ? `${one.found.by} ${one.found.invariant}` : (one.notExercised?.join(", ") ?? "");
    const { programs = "", races = "", executions = "" } = one;
    const numbers = [one.seconds?.toFixed(1) ?? "", one.cpu.toFixed(1), programs, races, executions];
    row(one.name, seed, one.verdict, by, ...numbers);
    for (const fault of one.mainline ?? []) console.log(`  engine ${fault.invariant}: ${fault.message}`);
    if (values.out !== "") await writeFile(values.out, JSON.stringify(results, undefined, 2));
  }
}
console.log(`${asExpected} of ${results.length} as expected`);
process.exitCode = asExpected === results.length ? 0 : 1;
