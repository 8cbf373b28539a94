/** The whole command line: finds the command, runs it, and turns the result into an exit code. */
import { UsageError } from "../errors.js";
import { packageVersion } from "../platform/package.js";
import { type Command, commandName } from "./command.js";
import { bench } from "./commands/bench.js";
import { check } from "./commands/check.js";
import { explore } from "./commands/explore.js";
import { litmus } from "./commands/litmus.js";
import { merge } from "./commands/merge.js";
import { newCommand } from "./commands/new.js";
import { replay } from "./commands/replay.js";
import { run } from "./commands/run.js";
import { scenarios } from "./commands/scenarios.js";
import { stress } from "./commands/stress.js";
import { variants } from "./commands/variants.js";
import { Context } from "./context.js";
import { checkEnvironment } from "./environment.js";
import { reportFailure } from "./failure.js";
import { interruptible } from "./interrupt.js";
import { parseArguments } from "./parser.js";
import { fitted, writeResult } from "./terminal.js";

const COMMANDS: readonly Command[] = [
  replay,
  run,
  stress,
  explore,
  check,
  litmus,
  merge,
  scenarios,
  variants,
  newCommand,
  bench,
];

/** Runs the command line with the arguments after the program's name; resolves with the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  let context: Context | undefined;
  try {
    const request = parseArguments(COMMANDS, argv);
    if (request.kind !== "run") {
      const text = request.kind === "help" ? request.text : `rmap-engine ${await packageVersion()}`;
      await writeResult(fitted(text));
      return 0;
    }
    const { command, args, options } = request;
    const { quiet, json } = options;
    checkEnvironment();
    context = new Context({ quiet: quiet === true, json: json === true });
    return await interruptible(context, withHint(command, command.run(args, options, context)));
  } catch (error) {
    context?.progress.clear();
    return reportFailure(error);
  }
}

/** A usage error without a hint points to the command's help. */
async function withHint(command: Command, work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint) throw error;
    throw new UsageError(error.message, `see \`rmap ${commandName(command)} --help\``);
  }
}
