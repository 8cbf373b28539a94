/** Reads the words of a command line: the command, its arguments and options, or the error in them. */
import { CommanderError, Command as Parser } from "commander";
import { UsageError } from "../errors.js";
import { nearOf } from "../text/nearest.js";
import { shown } from "../text/words.js";
import { type Command, commandName, type OptionSpec, type RawOptions } from "./command.js";
import { STDIN } from "./input.js";

/** What a command line asks for. */
export type Request =
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | {
      readonly kind: "run";
      readonly command: Command;
      readonly args: readonly string[];
      readonly options: RawOptions;
    };

/** Options that every command has. */
const COMMON: readonly OptionSpec[] = [
  ["--quiet", "Print only errors on stderr"],
  ["-v, --version", "Print the version"],
  ["-h, --help", "Print this help"],
];

/** A word that asks for help, as `--help` does. */
const HELP = "help";

/** Columns of the help where stdout is no terminal. */
const WIDTH = 110;
/** Smallest width of an option's description in columns, beside its name. */
const LEAST = 12;

/**
 * Reads the words after the program's name. Options may also precede the command, and nothing after `--` is an
 * option. Throws UsageError, which names the wrong word and the expected one.
 */
export function parseArguments(commands: readonly Command[], argv: readonly string[]): Request {
  const at = commandAt(commands, argv);
  const name = argv[at];
  if (name === undefined) return withoutCommand(commands, argv);
  const command = commands.find((candidate) => commandName(candidate) === name);
  if (!command && name === HELP) return helpRequest(commands, argv.slice(at + 1));
  if (!command) throw unknownCommand(commands, name);
  const parser = parserOf(command);
  const words = argv.filter((_, index) => index !== at);
  const { operands, unknown } = parseOptions(parser, command, words);
  const options = parser.opts<RawOptions>();
  const { help, version } = options;
  if (help) return { kind: "help", text: helpOf(parser, command) };
  if (version) return { kind: "version" };
  const [wrong] = unknown;
  if (wrong !== undefined) throw unknownOption(parser, command, wrong);
  checkOperands(parser, command, operands);
  return {
    kind: "run",
    command,
    args: command.passesArguments ? operands : operands.map(plainStdin),
    options,
  };
}

/** `rmap help`, and `rmap help COMMAND`. */
function helpRequest(commands: readonly Command[], words: readonly string[]): Request {
  const [name, extra] = words.filter((word) => !word.startsWith("-"));
  if (extra !== undefined)
    throw new UsageError(
      `"${HELP}" takes the name of one command, not "${shown(extra)}" too`,
      commandList(commands),
    );
  return parseArguments(commands, name === undefined || name === HELP ? ["--help"] : [name, "--help"]);
}

/** A trace or script from stdin, under any of its names: `/dev/stdin` cannot be opened when stdin is a socket. */
function plainStdin(word: string): string {
  return word === "/dev/stdin" || word === "/dev/fd/0" ? STDIN : word;
}

/** The position of the command's name: the first word that is neither an option nor the value of one. */
function commandAt(commands: readonly Command[], argv: readonly string[]): number {
  const valued = new Set(
    commands.flatMap(({ options }) => options.map(([flags]) => flags)).flatMap(valueOptionsOf),
  );
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    if (word === "--") return at + 1;
    if (!word.startsWith("-") || word === "-") return at;
    if (valued.has(word)) at++;
  }
  return argv.length;
}

/** The names of an option that takes a value; empty for one that takes none. */
function valueOptionsOf(flags: string): string[] {
  return flags.includes("<") ? [...flags.matchAll(/--?[\w-]+/g)].map(([word]) => word) : [];
}

/** Without a command: help, the version, or an error. */
function withoutCommand(commands: readonly Command[], argv: readonly string[]): Request {
  const root = bare("rmap");
  for (const command of commands) root.addCommand(parserOf(command));
  addOptions(root, COMMON);
  const { unknown } = root.parseOptions([...argv]);
  const { help, version } = root.opts<RawOptions>();
  if (help) return { kind: "help", text: rootHelp(root) };
  if (version) return { kind: "version" };
  const known = commands.flatMap(({ options }) =>
    options.flatMap(([flags]) => flags.match(/--[\w-]+/g) ?? []),
  );
  const wrong = unknown.find(
    (word) => word.startsWith("-") && !known.includes(word.split("=", 1)[0] as string),
  );
  if (wrong !== undefined)
    throw new UsageError(`there is no option "${shown(wrong)}"`, commandList(commands));
  throw new UsageError("there is no command", commandList(commands));
}

function unknownCommand(commands: readonly Command[], name: string): UsageError {
  const near = nearOf(name, commands.map(commandName));
  const guess = near === undefined ? "" : `did you mean "${near}"? `;
  return new UsageError(`there is no command "${shown(name)}"`, guess + commandList(commands));
}

function commandList(commands: readonly Command[]): string {
  return `the commands are ${commands.map(commandName).join(", ")}; see \`rmap --help\``;
}

/** A parser that never prints and never ends the program. */
function bare(name: string): Parser {
  return new Parser(name)
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: () => {},
      getOutHelpWidth: () => process.stdout.columns || WIDTH,
    })
    .configureHelp({ minWidthToWrap: LEAST });
}

function parserOf(command: Command): Parser {
  const [name = "", ...parameters] = command.usage.split(" ");
  const parser = bare(name).description(command.summary);
  // `[...names]` is `[names...]` here.
  for (const parameter of parameters) parser.argument(parameter.replace(/^\[\.\.\.(.*)\]$/, "[$1...]"));
  addOptions(parser, [...command.options, ...COMMON]);
  return parser;
}

/** Adds options. You may give each once, and its value must not be empty or the next option. */
function addOptions(parser: Parser, specs: readonly OptionSpec[]): void {
  for (const [flags, description] of specs) {
    const option = parser.createOption(flags, description);
    const name = option.long ?? flags;
    if (option.required) option.argParser((value: string) => checkValue(parser, flags, value));
    parser.addOption(option);
    let times = 0;
    parser.on(`option:${option.name()}`, () => {
      if (++times > 1) throw new UsageError(`${name} is given more than once`);
    });
  }
}

/** An option's value. Throws UsageError when it is empty or looks like an option of this command. */
function checkValue(parser: Parser, flags: string, value: string): string {
  // An option with its value behind `=` is one too.
  const [word] = value.startsWith("--") ? value.split("=", 1) : [value];
  const isOption = parser.options.some(({ long, short }) => word === long || word === short);
  if (value !== "" && !isOption) return value;
  throw lacksValue(flags, value === "" ? "an empty one" : `the option ${word}`);
}

function lacksValue(flags: string, found: string): UsageError {
  const [, name, value] = /(--[\w-]+) (<.*>)/.exec(flags) ?? [];
  return new UsageError(`${name} needs a value, ${value}: found ${found}`);
}

/** Parses as commander does, but throws UsageError for a missing value. Every error names the command's help. */
function parseOptions(
  parser: Parser,
  command: Command,
  words: readonly string[],
): { operands: string[]; unknown: string[] } {
  try {
    return parser.parseOptions([...words]);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(error.message, helpHint(command));
    if (!(error instanceof CommanderError)) throw error;
    // The parser itself refuses only this: no value follows the last option.
    const last = parser.options.find(({ long, short }) => [long, short].includes(words.at(-1)));
    const { message } = last ? lacksValue(last.flags, "nothing") : error;
    throw new UsageError(message, helpHint(command));
  }
}

function unknownOption(parser: Parser, command: Command, word: string): UsageError {
  const [name = word] = word.split("=", 1);
  const known = parser.options.flatMap(({ long }) => long ?? []);
  if (name !== word && known.includes(name))
    return new UsageError(
      `${name} takes no value, not "${shown(word.slice(name.length + 1))}"`,
      helpHint(command),
    );
  const near = nearOf(name, known);
  const guess = near === undefined ? "" : `did you mean ${near}? `;
  return new UsageError(
    `"${commandName(command)}" has no option "${shown(name)}"`,
    `${guess}${helpHint(command)}`,
  );
}

/** Throws UsageError when there are too few or too many arguments. */
function checkOperands(parser: Parser, command: Command, operands: readonly string[]): void {
  const expected = parser.registeredArguments;
  const name = commandName(command);
  const missing = expected.find((argument, index) => argument.required && operands[index] === undefined);
  if (missing) throw new UsageError(`"${name}" needs an argument: <${missing.name()}>`, helpHint(command));
  if (operands.includes("") && !command.passesArguments)
    throw new UsageError(`"${name}" does not take an empty argument`, helpHint(command));
  if (expected.some(({ variadic }) => variadic)) return;
  const extra = operands[expected.length];
  if (extra === undefined) return;
  const takes =
    expected.length === 0
      ? "no arguments"
      : `${expected.map((argument) => `<${argument.name()}>`).join(" ")} and nothing more`;
  throw new UsageError(`"${name}" takes ${takes}, not "${shown(extra)}"`, helpHint(command));
}

function helpHint(command: Command): string {
  return `see \`rmap ${commandName(command)} --help\``;
}

/** Help of the program: its commands with their arguments, and the common options. */
function rootHelp(root: Parser): string {
  root.usage("<command> [options]").description("Run Linux's reverse map on traces, scripts and races");
  root.configureHelp({
    minWidthToWrap: LEAST,
    subcommandTerm: (parser) => parser.usage().replace("[options] ", ""),
  });
  root.addCommand(bare(HELP).argument("[command]").description("Print this help, or a command's"));
  for (const parser of root.commands) parser.usage(`${parser.name()} ${parser.usage()}`);
  return root.helpInformation();
}

/** Help of a command, with its examples and where to read more. */
function helpOf(parser: Parser, command: Command): string {
  const usage = parser.usage();
  const examples = command.examples.map((example) => `  $ rmap ${example}\n`).join("");
  const more = command.reading === undefined ? "" : `\nMore:\n  ${command.reading}\n`;
  const text = parser.usage(usage).helpInformation();
  return `${text.replace(/^Usage: /, "Usage: rmap ")}\nExamples:\n${examples}${more}`;
}
