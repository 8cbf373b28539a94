/**
 * Fresh random scripts on the running kernel and on the engine: `npm run test:kernel`.
 *
 * Exit code 0: everything agrees; 1: something does not; 2: wrong usage; 3: the machine lacks something, by
 * name.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { RmapError, UsageError } from "../../dist/index.js";
import { table } from "../../dist/text/table.js";
import { generate, PROFILES, type Profile, RECORDED_PROFILES } from "../../model/generate.js";
import type { Operation } from "../../src/ops/operation.js";
import { printScript } from "../../src/ops/print.js";
import { parseScript } from "../../src/ops/script.js";
import { BUILDS, type Build } from "../support/engines.js";
import { Judge } from "./judge.js";
import { LiveKernel } from "./live.js";

const USAGE = `npm run test:kernel -- [options]
  --profile P   cow, vma, file, ksm, all, stack, heap or lock; may be repeated. Default: the first five
  --seeds N     scripts of each profile. Default 40
  --seed S      the first one's seed; the next have the seeds after it. Default: of the clock
  --ops N       operations of a script. Default 400
  --build B     engine or engine.checked. Default: both, alternately
  --script F    this script instead of random ones
  --record DIR  writes the kernel's answers to all scripts of a folder beside them, and compares nothing
  --keep DIR    where scripts that disagree are written, shortened. Default: the current folder`;

const OPTIONS = {
  profile: { type: "string", multiple: true },
  seeds: { type: "string", default: "40" },
  seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
  ops: { type: "string", default: "400" },
  build: { type: "string" },
  script: { type: "string" },
  record: { type: "string" },
  keep: { type: "string", default: "." },
  help: { type: "boolean" },
} as const;

const DUMP_EVERY = 20;
/** Milliseconds between two lines of progress where no terminal is. */
const SAY_EVERY = 10_000;

/** What is run. */
interface Plan {
  readonly profiles: readonly Profile[];
  readonly seeds: number;
  readonly first: number;
  readonly operations: number;
  readonly builds: readonly Build[];
  readonly script: string | undefined;
  readonly record: string | undefined;
  readonly keep: string;
}

/** What a profile came to. */
interface Tally {
  scripts: number;
  operations: number;
  snapshots: number;
  disagreements: number;
}

/** What the options ask for; undefined for help. */
function planOf(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return undefined;
  const profiles =
    values.profile?.map((name) =>
      oneOf(
        "--profile",
        name,
        PROFILES.filter((known) => known !== "pin"),
      ),
    ) ?? RECORDED_PROFILES;
  return {
    profiles,
    seeds: count("--seeds", values.seeds),
    first: count("--seed", values.seed),
    operations: count("--ops", values.ops),
    builds: values.build === undefined ? BUILDS : [oneOf("--build", values.build, BUILDS)],
    script: values.script,
    record: values.record,
    keep: values.keep,
  };
}

function count(option: string, text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`${option} must be a whole number from 1 on, not "${text}"`);
}

function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((name) => name === text);
  if (found !== undefined) return found;
  throw new UsageError(`${option} is one of ${known.join(", ")}, not "${text}"`);
}

/** One run of the campaign. */
class Campaign {
  readonly #plan: Plan;
  readonly #judge: Judge;
  #said = Date.now();

  constructor(plan: Plan, judge: Judge) {
    this.#plan = plan;
    this.#judge = judge;
  }

  /** Runs everything; false when something disagrees. */
  async run(): Promise<boolean> {
    const tallies = new Map<string, Tally>();
    if (this.#plan.script !== undefined) {
      const script = parseScript(readFileSync(this.#plan.script, "utf8"), this.#plan.script);
      const tally = this.#tally(tallies, "script");
      for (const build of this.#plan.builds) {
        await this.#one(script, build, tally, "script", `--script ${this.#plan.script}`);
      }
    } else {
      for (const profile of this.#plan.profiles) await this.#profile(profile, this.#tally(tallies, profile));
    }
    const rows = [...tallies].map(([name, { scripts, operations, snapshots, disagreements }]) =>
      [name, scripts, operations, snapshots, disagreements].map(String),
    );
    console.log(table(["profile", "scripts", "operations", "snapshots", "disagreements"], rows));
    return [...tallies.values()].every(({ disagreements }) => disagreements === 0);
  }

  async #profile(profile: Profile, tally: Tally): Promise<void> {
    const { seeds, first, operations, builds } = this.#plan;
    for (let seed = first; seed < first + seeds; seed++) {
      const build = builds[seed % builds.length] as Build;
      const script = generate(seed, profile, { operations, dumpEvery: DUMP_EVERY });
      const repeat = `--profile ${profile} --seed ${seed} --seeds 1 --ops ${operations} --build ${build}`;
      await this.#one(script, build, tally, `${profile}-${seed}`, repeat);
      this.#progress(`${profile}: ${seed - first + 1} of ${seeds} scripts, ${tally.disagreements} disagree`);
    }
  }

  async #one(
    script: readonly Operation[],
    build: Build,
    tally: Tally,
    name: string,
    repeat: string,
  ): Promise<void> {
    const dumps = script.filter(({ kind }) => kind === "dump").length;
    tally.scripts++;
    tally.operations += script.length - dumps;
    tally.snapshots += dumps;
    const found = await this.#judge.compare(script, build);
    if (!found) return;
    tally.disagreements++;
    const file = join(this.#plan.keep, `${name}-short.ops`);
    writeFileSync(file, printScript(found.script));
    console.log(`${name}, ${build}, shortened to ${found.script.length} operations in ${file}`);
    console.log(`${found.text}\n\n${printScript(found.script)}`);
    console.log(`repeat with  npm run test:kernel -- ${repeat}`);
    console.log(`or           npm run test:kernel -- --build ${build} --script ${file}\n`);
  }

  #tally(tallies: Map<string, Tally>, name: string): Tally {
    const tally = { scripts: 0, operations: 0, snapshots: 0, disagreements: 0 };
    tallies.set(name, tally);
    return tally;
  }

  #progress(text: string): void {
    const terminal = process.stderr.isTTY;
    if (!terminal && Date.now() - this.#said < SAY_EVERY) return;
    this.#said = Date.now();
    process.stderr.write(terminal ? `\r\x1b[2K${text}` : `${text}\n`);
  }
}

/** Writes NAME.json for each NAME.ops of a folder. */
function record(kernel: LiveKernel, folder: string): void {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ops"))) {
    const script = readFileSync(join(folder, name), "utf8");
    parseScript(script, name);
    writeFileSync(join(folder, name.replace(/\.ops$/, ".json")), kernel.answerText(script));
    console.log(name);
  }
}

/** Runs the command; resolves with the exit code. `source` is the path of oracle.c. */
export async function main(args: readonly string[], source: string): Promise<number> {
  let kernel: LiveKernel | undefined;
  let judge: Judge | undefined;
  try {
    const plan = planOf(args);
    if (plan === undefined) {
      console.log(USAGE);
      return 0;
    }
    kernel = new LiveKernel(source);
    if (plan.record !== undefined) {
      record(kernel, plan.record);
      return 0;
    }
    judge = new Judge(kernel);
    if (plan.script === undefined) console.log(`first seed ${plan.first}`);
    return (await new Campaign(plan, judge).run()) ? 0 : 1;
  } catch (error) {
    const known = error instanceof RmapError ? error : undefined;
    const wrongArgs =
      error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS");
    if (!known && !wrongArgs) throw error;
    console.error(`test:kernel: ${(error as Error).message}`);
    const hint = wrongArgs
      ? `options are ${Object.keys(OPTIONS)
          .map((name) => `--${name}`)
          .join(", ")}`
      : known?.hint;
    if (hint) console.error(`hint: ${hint}`);
    return known?.exitCode ?? 2;
  } finally {
    await judge?.dispose();
    kernel?.dispose();
  }
}
