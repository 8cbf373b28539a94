/** The number of CPUs of a recording, from its beginning. */

import { readTrace } from "./read.js";
import type { TraceSource } from "./source.js";

/** The number of chunks to read: enough to see every CPU that does much. */
const CHUNKS = 16;

/** Thrown to end the reading early; nothing is wrong. */
class Enough extends Error {}

/**
 * One more than the highest CPU number among a trace's first events; at least 1. Throws InputError for input that is
 * not a trace.
 */
export async function recordedCpus(source: TraceSource): Promise<number> {
  let highest = 0;
  let chunks = 0;
  try {
    await readTrace(
      source,
      {
        event: ({ cpu }) => {
          if (cpu > highest) highest = cpu;
          return false;
        },
      },
      {
        onChunk: () => {
          if (++chunks === CHUNKS) throw new Enough();
        },
      },
    );
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return highest + 1;
}
