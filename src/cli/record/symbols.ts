/** Adds to a recording the kernel's functions in its stacks, while the kernel that made them runs. */

import { appendFile, readFile, stat, truncate } from "node:fs/promises";
import { isSystemError, systemReason } from "../../errors.js";
import { readPerfData } from "../../trace/perf/read.js";
import { symbolBytes } from "../../trace/perf/symbols.js";
import { plainChunks, traceFile } from "../../trace/source.js";

const TEXT_TYPES = "tTwW";

/**
 * Appends them, or says why it does not: the kernel may hide its addresses, or there is no room. Then the file stays as it was,
 * and a replay infers why pages were counted. `kernel` is the kernel's list of its functions. Throws InputError when perf's file cannot be read.
 */
export async function appendSymbols(path: string, kernel = "/proc/kallsyms"): Promise<string | undefined> {
  const frames = await framesOf(path);
  if (frames.size === 0) return undefined;
  try {
    const symbols = symbolsIn(await readFile(kernel, "latin1"));
    if (symbols.length === 0) return "the kernel hides its addresses: sysctl kernel.kptr_restrict=0";
    const { size } = await stat(path);
    const functions = functionsAt([...frames].sort(byNumber), symbols);
    if (functions.size === 0) return undefined;
    // A part of them would make the file unreadable.
    await appendFile(path, symbolBytes(functions)).catch(async (error: unknown) => {
      await truncate(path, size);
      throw error;
    });
    return undefined;
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return systemReason(error);
  }
}

/** The kernel's addresses in the stacks of a recording. */
async function framesOf(path: string): Promise<Set<number>> {
  const frames = new Set<number>();
  const source = traceFile(path);
  const { random = async () => undefined } = source;
  const input = { name: path, chunks: plainChunks(source), random, onFrame: (at: number) => frames.add(at) };
  await readPerfData(input, { event: () => false }, () => {});
  return frames;
}

/** A function's first address, its low 48 bits, and its name. */
type KernelSymbol = readonly [address: number, name: string];

/** The functions of `/proc/kallsyms`, by address. None when the kernel shows zeros instead of addresses. */
export function symbolsIn(text: string): KernelSymbol[] {
  const symbols: KernelSymbol[] = [];
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    // `ffffffff81000000 T name`, and for a module's a tab and its name.
    if (TEXT_TYPES.includes(text.charAt(at + 17))) {
      const address = Number.parseInt(text.slice(at + 4, at + 16), 16);
      const name = text.slice(at + 19, end).split("\t", 1)[0] as string;
      if (address > 0) symbols.push([address, name]);
    }
    at = end + 1;
  }
  return symbols.sort(([one], [other]) => one - other);
}

/** The function in which each address lies; both are in ascending order. */
export function functionsAt(
  addresses: readonly number[],
  symbols: readonly KernelSymbol[],
): Map<number, string> {
  const functions = new Map<number, string>();
  let next = 0;
  for (const address of addresses) {
    while (next < symbols.length && (symbols[next] as KernelSymbol)[0] <= address) next++;
    const found = symbols[next - 1];
    if (found !== undefined) functions.set(address, found[1]);
  }
  return functions;
}

function byNumber(one: number, other: number): number {
  return one - other;
}
