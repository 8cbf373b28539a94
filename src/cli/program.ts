/** The whole command line: finds the command, runs it, and turns the result into an exit code. */
import { UsageError } from "../errors.js";
import { packageVersion } from "../platform/package.js";
import { type Command, commandName } from "./command.js";
import { Context } from "./context.js";
import { checkEnvironment } from "./environment.js";
import { reportFailure } from "./failure.js";
import { interruptible } from "./interrupt.js";
import { parseArguments } from "./parser.js";
import { fitted, writeResult } from "./terminal.js";

/**
 * The commands by name, in the order of the help. Loading one takes a few dozen files and tens of milliseconds, so the
 * program loads only the one that you ask for.
 */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["replay", async () => (await import("./commands/replay.js")).replay],
  ["record", async () => (await import("./commands/record.js")).record],
  ["run", async () => (await import("./commands/run.js")).run],
  ["stress", async () => (await import("./commands/stress.js")).stress],
  ["explore", async () => (await import("./commands/explore.js")).explore],
  ["check", async () => (await import("./commands/check.js")).check],
  ["litmus", async () => (await import("./commands/litmus.js")).litmus],
  ["merge", async () => (await import("./commands/merge.js")).merge],
  ["scenarios", async () => (await import("./commands/scenarios.js")).scenarios],
  ["variants", async () => (await import("./commands/variants.js")).variants],
  ["new", async () => (await import("./commands/new.js")).newCommand],
  ["bench", async () => (await import("./commands/bench.js")).bench],
]);

/** The commands that the arguments need: the one that they begin with, none for the version, otherwise all. */
function commandsFor([first = "", ...rest]: readonly string[]): Promise<Command[]> {
  if (rest.length === 0 && (first === "-v" || first === "--version")) return Promise.resolve([]);
  const load = COMMANDS.get(first);
  return Promise.all((load === undefined ? [...COMMANDS.values()] : [load]).map((one) => one()));
}

/**
 * Runs the command line with the arguments after the program's name; resolves with the exit code. Rejects only when the
 * command's files cannot be loaded.
 */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const commands = await commandsFor(argv);
  let context: Context | undefined;
  try {
    const request = parseArguments(commands, argv);
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
