/**
 * The options of a script. `--help` prints the comment at the script's head. For a wrong option the script ends with exit code 2,
 * and a line names the options that there are.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** `parseArgs` of node:util, with `--help`. */
export function optionsOf(config) {
  const options = { ...config.options, help: { type: "boolean", default: false } };
  try {
    const parsed = parseArgs({ ...config, options });
    if (parsed.values.help) {
      process.stdout.write(headOf(process.argv[1]));
      process.exit(0);
    }
    return parsed;
  } catch (error) {
    if (!String(error.code).startsWith("ERR_PARSE_ARGS_")) throw error;
    const names = Object.keys(options).map((name) => `--${name}`);
    // Node adds advice about arguments that begin with a dash. It does not help here.
    const [message] = error.message.split(". To specify");
    process.stderr.write(`${message}\nhint: options are ${names.join(", ")}\n`);
    process.exit(2);
  }
}

/** The text of the comment that a file begins with. */
function headOf(file) {
  const [, text = ""] = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(readFileSync(file, "utf8")) ?? [];
  return `${text.replace(/^ ?\* ?/gm, "").trim()}\n`;
}
