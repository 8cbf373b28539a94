/** Runs the built command line in this process, where starting one for each of many lines would take too long. */
import { Readable } from "node:stream";
import { runProgram } from "../../dist/cli/program.js";
import type { Ended } from "./patience.js";

type Write = typeof process.stdout.write;

/** Runs `rmap` with arguments, and with an input if it reads stdin. One run at a time; nothing else may print meanwhile. */
export async function rmapHere(args: readonly string[], input?: string | Uint8Array): Promise<Ended> {
  const stdin = Object.getOwnPropertyDescriptor(process, "stdin") as PropertyDescriptor;
  const value = Readable.from(input === undefined ? [] : [Buffer.from(input)]);
  Object.defineProperty(process, "stdin", { configurable: true, enumerable: true, value });
  try {
    return await captured(() => runProgram(args));
  } finally {
    Object.defineProperty(process, "stdin", stdin);
  }
}

/** What is printed while something runs, and what that resolves with. */
export async function captured<T>(
  work: () => Promise<T>,
): Promise<{ code: T; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const names = ["stdout", "stderr"] as const;
  const writes = names.map((name) => process[name].write);
  for (const name of names) {
    process[name].write = ((text: string | Uint8Array, ...rest: unknown[]) => {
      said[name] += String(text);
      const done = rest.find((argument) => typeof argument === "function") as (() => void) | undefined;
      done?.();
      return true;
    }) as Write;
  }
  try {
    return { code: await work(), ...said };
  } finally {
    for (const [index, name] of names.entries()) process[name].write = writes[index] as Write;
  }
}
