/** The number of CPUs of a recording, from its beginning. */

import { wholeNumber } from "../text/arguments.js";
import { readTrace } from "./read.js";
import type { TraceSource } from "./source.js";

/** The number of chunks to read: enough to see every CPU that does much. */
const CHUNKS = 16;
/** More CPUs than Linux has. */
const LAST_CPUS = 2 ** 16;

/** Thrown to end the reading early; nothing is wrong. */
class Enough extends Error {}

/**
 * One more than the highest CPU number among a trace's first events; at least 1. It reads no further once that is `most`.
 * Throws InputError for input that is not a trace, and UsageError when `most` is no count of CPUs.
 */
export async function recordedCpus(source: TraceSource, most = LAST_CPUS): Promise<number> {
  const last = wholeNumber("recordedCpus: most", most, { low: 1, high: LAST_CPUS }) - 1;
  let highest = 0;
  let chunks = 0;
  try {
    await readTrace(
      source,
      {
        event: ({ cpu }) => {
          if (cpu > highest) highest = Math.min(cpu, last);
          return highest === last;
        },
      },
      {
        between: () => {
          if (highest === last) throw new Enough();
        },
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
