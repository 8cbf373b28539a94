/** `rmap run`: runs a script of memory operations and prints what every page's state is, as the kernel oracle does. */
import { Engine } from "../../engine/engine.js";
import { runScript } from "../../engine/script.js";
import { printAnswer } from "../../ops/outcome.js";
import { parseScript } from "../../ops/script.js";
import type { Command } from "../command.js";
import { inputName, readInput, STDIN } from "../input.js";
import { packageVersion } from "../package.js";
import { parseInteger } from "../size.js";
import { writeResult } from "../terminal.js";

export const run: Command = {
  usage: "run <script>",
  summary: "Run an .ops script, - for stdin; prints results and snapshots as JSON",
  options: [
    ["--cpus <n>", "Worker threads as CPUs, for scripts that place processes (default: 1)"],
    ["--checked", "Use the checked build"],
    ["--json", "Accepted for uniformity: the answer is always JSON"],
  ],
  examples: ["run examples/fork.ops", "run - --cpus 2 --checked < script.ops"],
  async run([path = STDIN], options, context) {
    const { cpus: given = 1, checked } = options;
    const cpus = parseInteger("--cpus", given, 1, 63);
    const text = new TextDecoder().decode(await readInput(path));
    const operations = parseScript(text, inputName(path));
    const engine = await Engine.create({ cpus, checked: checked === true });
    const answer = await context.using(engine, () =>
      runScript(engine, operations, (done) =>
        context.progress.update({ done, total: operations.length, unit: "operations" }),
      ),
    );
    context.progress.clear();
    const head = { schema: "rmap.run/1", engine: `rmap-engine ${await packageVersion()}` };
    await writeResult(printAnswer(answer, head));
    return 0;
  },
};
