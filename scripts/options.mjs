/** The options of a script; a wrong one is told in a line, with those that there are, and ends the script with exit code 2. */

import { parseArgs } from "node:util";

/** `parseArgs` of node:util. */
export function optionsOf(config) {
  try {
    return parseArgs(config);
  } catch (error) {
    if (!String(error.code).startsWith("ERR_PARSE_ARGS_")) throw error;
    const names = Object.keys(config.options).map((name) => `--${name}`);
    process.stderr.write(`${error.message}\nhint: options are ${names.join(", ")}\n`);
    process.exit(2);
  }
}
