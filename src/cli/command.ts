/** The shape of a command: one file each in commands/. */
import type { Context } from "./context.js";

/** Options as the user gave them: names in camelCase, values as text, numbers or true. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** One option of a command: `--cpus <n>` and what it does. */
export type OptionSpec = readonly [flag: string, description: string];

/** A command of the command line. */
export interface Command {
  /** Name and arguments, `replay <trace>`; `<…>` is required, `[...names]` takes any number. */
  readonly usage: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Lines of examples, without the program's name. */
  readonly examples: readonly string[];
  /** Where to read more: one line at the end of the help. */
  readonly reading?: string;
  /** The arguments are another program's: they stay as they are, empty ones too. */
  readonly passesArguments?: boolean;
  /** Does the work and writes the result to stdout; returns the exit code. Throws RmapError. */
  run(args: readonly string[], options: RawOptions, context: Context): Promise<number>;
}

/** Name of a command. */
export function commandName(command: Command): string {
  return command.usage.split(" ", 1)[0] as string;
}
