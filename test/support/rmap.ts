/** Runs the built command line. */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type Ended, ended } from "./patience.js";

const MAIN = fileURLToPath(new URL("../../dist/bin/main.js", import.meta.url));

/** Runs `rmap` with arguments and an input, under the Node that runs the tests. */
export function rmap(args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const end = ended(child, `rmap ${args.join(" ")}`);
  child.stdin.end(input);
  return end;
}

/**
 * Runs `rmap` and interrupts it when it has taken its input, so that it is surely at work. `end` says whether the input ends
 * there.
 */
export async function interrupted(args: readonly string[], input: Uint8Array, end: boolean): Promise<Ended> {
  const child = spawn(process.execPath, [MAIN, ...args]);
  const result = ended(child, `rmap ${args.join(" ")}, interrupted`);
  // What a pipe holds is little of what is written here: the rest is taken by who reads.
  child.stdin.write(input, () => {
    if (end) child.stdin.end();
    child.kill("SIGINT");
  });
  return result;
}

/** Path of the built entry, for runs of another shape. */
export const mainPath = MAIN;

/** Validates a value against a published schema; returns what is wrong, or undefined. */
export function schemaErrors(name: string, value: unknown): unknown {
  const schema = JSON.parse(readFileSync(new URL(`../../schemas/${name}.json`, import.meta.url), "utf8"));
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
  return validate(value) ? undefined : validate.errors;
}
