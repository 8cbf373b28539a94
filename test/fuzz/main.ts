/** `npm run fuzz`: the options, and what is printed. */
import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { type CampaignResult, type Found, runCampaign } from "./campaign.js";
import { KINDS, type Kind } from "./input.js";
import { runPlanted } from "./planted.js";
import { useSchemasOf } from "./schemas.js";
import { Seeds } from "./seeds.js";

const USAGE = `npm run fuzz -- [options]
  --minutes N     for how long (default: 1, unless --count or --only is given)
  --count N       how many rounds: one input of each kind, a variant every twentieth
  --seed S        which inputs (default: another one each time)
  --kind K,…      ${KINDS.join(", ")} (default: all)
  --from N        the first number; --only N  only this one
  --planted       plants faults again, one by one, and says after how many inputs each is found; --only-fault NAME
  --root FOLDER   another checkout, built, whose dist/ is run
  --json          the result as one JSON object`;

const OPTIONS = {
  minutes: { type: "string" },
  count: { type: "string" },
  seed: { type: "string" },
  kind: { type: "string" },
  from: { type: "string" },
  only: { type: "string" },
  root: { type: "string" },
  planted: { type: "boolean" },
  "only-fault": { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** The options. Throws a RangeError that names those that there are for a wrong one. */
function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS });
  } catch (error) {
    const names = Object.keys(OPTIONS).map((name) => `--${name}`);
    throw new RangeError(`${(error as Error).message}\nhint: options are ${names.join(", ")}`);
  }
}

/** Runs what is asked; returns the exit code: 0 nothing found, 1 something, 2 wrong usage. */
export async function main(args: readonly string[], root: string, child: string): Promise<number> {
  const { values } = parsed(args);
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const number = (name: "minutes" | "count" | "seed" | "from" | "only") => {
    const text = values[name];
    if (text === undefined) return undefined;
    if (text.trim() !== "" && Number(text) >= 0) return Number(text);
    throw new RangeError(`--${name} is a number, not "${text}"\n${USAGE}`);
  };
  const kinds = values.kind === undefined ? KINDS : values.kind.split(",").map(kindOf);
  const seed = number("seed") ?? Date.now() % 2 ** 31;
  const [count, only, from] = [number("count"), number("only"), number("from")];
  const minutes = number("minutes") ?? (count === undefined && only === undefined ? 1 : undefined);
  const target = values.root ?? root;
  useSchemasOf(target);
  const scratch = join(root, "build/fuzz", `run-${process.pid}`);
  const places = { root: target, child, scratch };
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  try {
    if (values.planted) return await runPlanted(places, root, say, values["only-fault"]);
    const result = await runCampaign(
      {
        ...{
          kinds,
          seed,
          save: join(root, "build/fuzz"),
          onFound: (found: Found) => say(foundText(found, seed)),
        },
        ...(count !== undefined && { count }),
        ...(only !== undefined && { only }),
        ...(from !== undefined && { from }),
        ...(minutes !== undefined && { minutes }),
      },
      places,
      new Seeds(root),
    );
    console.log(values.json ? JSON.stringify(result) : resultText(result));
    return result.found.length === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function kindOf(name: string): Kind {
  const found = KINDS.find((kind) => kind === name);
  if (found) return found;
  throw new RangeError(`there is no kind "${name}": ${KINDS.join(", ")}`);
}

function foundText({ kind, rule, detail, shape, index, repeat, saved }: Found, seed: number): string {
  return `FOUND ${kind} (${shape}), seed ${seed}, number ${index}: ${rule}: ${detail}\n  again: ${repeat}\n  saved: ${relative(process.cwd(), saved ?? "")}`;
}

/** The figures of a campaign, kind by kind. */
function resultText({ kinds, found, seconds, seed }: CampaignResult): string {
  const rows = Object.entries(kinds).map(([kind, { inputs, ran, milliseconds, cpu }]) => {
    const share = ((100 * ran) / Math.max(1, inputs)).toFixed(0);
    const speed = (inputs / Math.max(0.001, milliseconds / 1000)).toFixed(0);
    const perCpu = (inputs / Math.max(0.001, cpu / 1000)).toFixed(0);
    return `${kind.padEnd(8)} ${String(inputs).padStart(7)} inputs, ${share.padStart(3)} % ran, ${speed.padStart(4)} a second, ${perCpu.padStart(4)} a second of CPU`;
  });
  const failures = found.map(
    ({ signature, times, repeat }) => `  ${times} times: ${signature}\n    ${repeat}`,
  );
  const verdict = found.length === 0 ? "nothing found" : `${found.length} different failures:`;
  return [`seed ${seed}, ${seconds.toFixed(1)} s`, ...rows, verdict, ...failures].join("\n");
}
