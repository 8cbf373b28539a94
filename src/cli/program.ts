/** The command line as a whole: finds the command, runs it, and turns whatever happens into an exit code. */
import { type CAC, cac } from "cac";
import { nearest } from "../build/nearest.js";
import { UsageError } from "../errors.js";
import { type Command, commandName, type RawOptions } from "./command.js";
import { bench } from "./commands/bench.js";
import { replay } from "./commands/replay.js";
import { run } from "./commands/run.js";
import { scenarios } from "./commands/scenarios.js";
import { stress } from "./commands/stress.js";
import { variants } from "./commands/variants.js";
import { Context, Interrupted } from "./context.js";
import { reportFailure } from "./failure.js";
import { STDIN } from "./input.js";
import { packageVersion } from "./package.js";
import { endOnClosedPipe, fitted, writeResult } from "./terminal.js";

const COMMANDS: readonly Command[] = [replay, run, stress, scenarios, variants, bench];

/** Runs the command line with the arguments behind the program's name; resolves with the exit code. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  endOnClosedPipe();
  let context: Context | undefined;
  try {
    const cli = createCli();
    // A bare "-" is taken for an empty option by the parser.
    const args = argv.map((arg) => (arg === "-" ? STDIN : arg));
    const parsed = cli.parse(["node", "rmap", ...args], { run: false });
    const options: RawOptions = parsed.options;
    const { help, version, quiet, json } = options;
    if (help) return 0;
    if (version) {
      await writeResult(`rmap-engine ${await packageVersion()}`);
      return 0;
    }
    const command = COMMANDS.find((candidate) => commandName(candidate) === cli.matchedCommandName);
    if (!command || !cli.matchedCommand) throw unknownCommand(parsed.args[0]);
    checkUsage(cli, command);
    context = new Context({ quiet: quiet === true, json: json === true });
    const work = withHint(command, command.run(parsed.args.map(String), options, context));
    return await interruptible(context, work);
  } catch (error) {
    context?.progress.clear();
    return reportFailure(error);
  }
}

function createCli(): CAC {
  const cli = cac("rmap");
  for (const command of COMMANDS) {
    const added = cli.command(command.usage, command.summary);
    for (const [flag, description] of command.options) added.option(flag, description);
    // The parser gives `--no-x` the default true, which help would show beside it; what is not given is true anyway.
    for (const { negated, config } of added.options) if (negated) delete config.default;
    for (const example of command.examples) added.example(`  $ rmap ${example}`);
  }
  cli.option("--quiet", "Say nothing on stderr but errors");
  cli.option("-v, --version", "Print the version");
  cli.help((sections) => {
    for (const section of sections) section.body = fitted(section.body);
    // The first section is the bare program name, and the list of "for more info" commands repeats the commands.
    const kept = sections.slice(1).filter(({ title }) => !title?.startsWith("For more info"));
    const { matchedCommand } = cli;
    if (matchedCommand) {
      const command = COMMANDS.find((candidate) => commandName(candidate) === matchedCommand.name);
      return command?.reading === undefined
        ? kept
        : [...kept, { title: "More", body: `  ${command.reading}` }];
    }
    return [{ body: "rmap: Linux's reverse map, run from traces, scripts and programs" }, ...kept];
  });
  return cli;
}

/** Checks options and arguments; the parser's own errors become UsageErrors. */
function checkUsage(cli: CAC, command: Command): void {
  const hint = `see \`rmap ${commandName(command)} --help\``;
  try {
    cli.matchedCommand?.checkUnknownOptions();
    cli.matchedCommand?.checkOptionValue();
    cli.matchedCommand?.checkRequiredArgs();
    cli.matchedCommand?.checkUnusedArgs();
  } catch (error) {
    throw new UsageError((error as Error).message.replaceAll("`", '"'), hint);
  }
  const repeated = Object.entries(cli.options).find(([key, value]) => key !== "--" && Array.isArray(value));
  if (repeated) throw new UsageError(`--${repeated[0]} is given more than once`, hint);
  const rest = cli.options["--"] as readonly string[] | undefined;
  if (rest && rest.length > 0)
    throw new UsageError(`"${commandName(command)}" takes nothing behind "--"`, hint);
}

/** Where a command's own usage error says nothing more, its help does. */
async function withHint(command: Command, work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint) throw error;
    throw new UsageError(error.message, `see \`rmap ${commandName(command)} --help\``);
  }
}

function unknownCommand(name: string | undefined): UsageError {
  const names = COMMANDS.map(commandName);
  const list = `commands are ${names.join(", ")}; see \`rmap --help\``;
  if (name === undefined) return new UsageError("no command is given", list);
  const [near] = nearest(name, names, 1);
  const guess = near !== undefined ? `did you mean "${near}"? ` : "";
  return new UsageError(`there is no command "${name}"`, guess + list);
}

/** Milliseconds in which further interrupts are the first one still. */
const SAME_INTERRUPT = 500;

/** Runs a command's work; Ctrl-C ends it after cleaning up, a second Ctrl-C at once. */
async function interruptible(context: Context, work: Promise<number>): Promise<number> {
  let onInterrupt: () => void = () => {};
  let isInterrupted = false;
  const interrupted = new Promise<never>((_, reject) => {
    onInterrupt = () => {
      isInterrupted = true;
      // Whoever starts this program may pass on a Ctrl-C that it has got itself: that is no second one.
      const second = performance.now() + SAME_INTERRUPT;
      process.on("SIGINT", () => {
        if (performance.now() > second) process.exit(130);
      });
      context
        .cleanUp()
        .then(() => context.tellSoFar())
        .finally(() => reject(new Interrupted(context.done)));
    };
    process.once("SIGINT", onInterrupt);
  });
  // After an interrupt nobody looks at how the work ended: most probably by an error, as all that it uses is disposed.
  const ended = new Promise<number>((resolve, reject) => {
    work.then(
      (code) => isInterrupted || resolve(code),
      (error) => isInterrupted || reject(error),
    );
  });
  try {
    return await Promise.race([ended, interrupted]);
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}
