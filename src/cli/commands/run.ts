/** `rmap run`: runs a script of memory operations and prints the state of every page, as the kernel oracle does. */
import {
  agreementText,
  compareAnswers,
  disagreementText,
  extentOf,
  locate,
  type Recorded,
  readRecorded,
} from "../../compare/index.js";
import { InputError, RmapError, UsageError } from "../../errors.js";
import type { Operation } from "../../ops/operation.js";
import { printAnswer } from "../../ops/outcome.js";
import { leakedPins, leakedPinsText } from "../../ops/pins.js";
import { parseScript } from "../../ops/script.js";
import { packageVersion } from "../../platform/package.js";
import type { Command } from "../command.js";
import { runFresh } from "../fresh-run.js";
import { foreignEngine, runGuarded } from "../guarded.js";
import { inputName, readText, STDIN } from "../input.js";
import { memoryOptions, parseMemory } from "../memory.js";
import { parseInteger } from "../size.js";
import { writeResult } from "../terminal.js";

const DEFAULT_MEMORY = 64 * 2 ** 20;
/** Bytes of the largest script or recorded answer, unpacked. Reading it takes up to 50 times as much memory. */
const MOST_TEXT = 16 * 2 ** 20;

export const run: Command = {
  usage: "run <script>",
  summary: "Run an .ops script and print results and snapshots as JSON; - reads stdin",
  options: [
    [
      "--cpus <n>",
      "Number of CPUs, each a worker thread, for scripts that assign processes to CPUs (default: 1)",
    ],
    ...memoryOptions("64M"),
    ["--checked", "Use the checked build, and check the invariants at every dump"],
    ["--variant <name>", "Run in this variant (see `rmap variants`), or in your own folder: give its path"],
    [
      "--against <answer>",
      "Compare with a recorded answer (.json, .json.gz); report the first operation whose results differ",
    ],
    ["--json", "With --against: print the answer too, and the comparison to stderr"],
  ],
  examples: [
    "run examples/fork.ops",
    "run - --cpus 2 --checked < script.ops",
    "run script.ops --against kernel.json.gz",
    "run script.ops --variant ./my-idea",
  ],
  reading: "The operations of a script: docs/ops.md in this package",
  async run([path = STDIN], options, context) {
    const { cpus: given = 1, checked, against, variant: asked } = options;
    const machine = {
      cpus: parseInteger("--cpus", given, 1, 63),
      checked: checked === true,
      ...parseMemory(options, DEFAULT_MEMORY),
    };
    if (path === STDIN && against === STDIN)
      throw new UsageError("only one of the script and the answer can be stdin");
    const recorded = against === undefined ? undefined : await readAnswer(String(against));
    const file = inputName(path);
    const operations = readScript(await readText(path, MOST_TEXT), file);
    const foreign = await foreignEngine(asked, machine.checked ? "checked" : "release", context);
    const answerTo = async (script: readonly Operation[]) => {
      const task = { script, machine, file };
      const found =
        foreign === undefined
          ? await runFresh(task, context)
          : await runGuarded({ kind: "run", task: { ...task, module: foreign.module } }, context);
      context.progress.clear();
      return found;
    };
    const engine = `rmap-engine ${await packageVersion()}`;
    const variant = foreign && { variant: foreign.name };
    const answer = await answerTo(operations);
    if (!recorded || context.json)
      await writeResult(printAnswer(answer, { schema: "rmap.run/1", engine, ...variant }));
    if (!recorded) {
      const leaked = leakedPins(operations, answer.results);
      if (leaked.length === 0) return 0;
      throw new RmapError(
        "ELEAK",
        leakedPinsText(leaked),
        "drop a pin with `P unpin PAGE N`, also after P's exit",
      );
    }

    const tell = (text: string) => (context.json ? Promise.resolve(context.note(text)) : writeResult(text));
    const found = compareAnswers(recorded, answer);
    if (!found) {
      await tell(agreementText(recorded.by, extentOf(answer)));
      return 0;
    }
    const by = foreign === undefined ? engine : `${engine} with ${foreign.name}`;
    await tell(disagreementText(file, recorded.by, by, found, await locate(operations, found, answerTo)));
    return 1;
  },
};

/** The beginning of a line of a recording: name, process and thread, perhaps the CPU, and the time. */
const RECORDED = /^.{0,40}\s\d+\/\d+\s+(\[\d+\]\s+)?\d+\.\d+:/;

/** The operations of a script. Throws InputError; for a recording, the error says so. */
function readScript(text: string, file: string): Operation[] {
  try {
    return parseScript(text, file);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const line =
      text
        .slice(0, 4096)
        .split("\n")
        .find((line) => !line.startsWith("#")) ?? "";
    if (!RECORDED.test(line)) throw error;
    throw new InputError(
      error.position,
      "this is a recording, not a script",
      "use `rmap replay` for recordings",
    );
  }
}

/** Reads a recorded answer, compressed or not. Throws InputError or RmapError, exit code 5. */
async function readAnswer(path: string): Promise<Recorded> {
  return readRecorded(await readText(path, MOST_TEXT), inputName(path));
}
