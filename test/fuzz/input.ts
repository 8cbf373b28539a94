/** One input of the fuzzer: files, and how the product is run on them. Plain data, so that it can be sent and saved. */

/** What is fuzzed. */
export const KINDS = ["trace", "script", "answer", "options", "variant", "library"] as const;
export type Kind = (typeof KINDS)[number];

/**
 * How an input is run: `direct`, the command's functions on the calling thread's CPU, thousands a minute; `program`, the
 * command line's entry in the fuzzer's long-lived process; `process`, the command line as a process of its own.
 */
export type Way = "direct" | "program" | "process";

/** A file, folder or link that stands in the input's folder. */
export type Entry =
  | { readonly path: string; readonly text: string }
  /** Bytes, in base64. */
  | { readonly path: string; readonly bytes: string }
  /** What the link points to. */
  | { readonly path: string; readonly link: string }
  | { readonly path: string; readonly folder: true };

/** One input. */
export interface Input {
  readonly kind: Kind;
  readonly seed: number;
  /** Its number in the kind's sequence, from 0. */
  readonly index: number;
  /** What the generator meant, one or two words: `grammar`, `bytes`, `many threads`. */
  readonly shape: string;
  readonly way: Way;
  readonly entries: readonly Entry[];
  /** Arguments of `rmap`; `{}` stands for the input's folder. */
  readonly args: readonly string[];
  /** Text for stdin, of a process only. */
  readonly stdin?: string;
  /** Says where stdout goes, of a process only: to a device that is full, or to a reader that has gone away. */
  readonly stdout?: "full" | "closed";
  /** True for what must be refused, exit code 2, 3 or 5, with its name in the message. */
  readonly refused?: boolean;
  /** Calls on the library, as JSON, of the kind `library` only. */
  readonly calls?: readonly unknown[];
}

/** The command that repeats exactly this input. */
export function repeatCommand({ kind, seed, index }: Pick<Input, "kind" | "seed" | "index">): string {
  return `npm run fuzz -- --kind ${kind} --seed ${seed} --only ${index}`;
}

/** Which entry the shrinker cuts down: the longest text. */
export function mainEntry(input: Input): number {
  let found = -1;
  let most = 0;
  for (const [index, entry] of input.entries.entries()) {
    const size = "text" in entry ? entry.text.length : "bytes" in entry ? entry.bytes.length : 0;
    if (size > most) [found, most] = [index, size];
  }
  return found;
}
