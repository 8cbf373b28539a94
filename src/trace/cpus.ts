/** How many CPUs a trace was recorded on, as its beginning tells. */

import { readTrace } from "./read.js";
import type { TraceSource } from "./source.js";

/** Chunks that are looked at: enough to have met every CPU that does anything much. */
const CHUNKS = 16;

/** Thrown to end the reading early; nothing is wrong. */
class Enough extends Error {}

/** One more than the highest CPU number among a trace's first events; at least 1. Throws InputError for input that is no trace. */
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
