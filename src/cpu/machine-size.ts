/** How large a machine is, as a caller says it. */

import { UsageError } from "../errors.js";
import { flag, given, oneOf, wholeNumber } from "../text/arguments.js";

/** The content of a page: nothing, one 64-bit word, or all of its bytes. */
export type Content = "none" | "word" | "full";

/** How large the machine is. */
export interface MachineSize {
  /** Worker threads that are CPUs, 0 to 63; 0 allows only synchronous calls. Default 0. */
  readonly cpus?: number;
  /**
   * True: one more worker thread keeps frames free in the background, as kswapd does. Then `cpus` is at most 62.
   * Default false: a CPU that finds no free frame reclaims some itself.
   */
  readonly kswapd?: boolean;
  /**
   * Bytes of page frames for anonymous and file pages, in whole pages; page tables and objects take extra memory.
   * Default 64 MiB. At most 4 GiB; without content 64 GiB.
   */
  readonly memory?: number;
  /** Bytes of swap, in whole pages. Default 0: anonymous pages cannot be reclaimed. */
  readonly swap?: number;
  /**
   * Bytes of the store behind the page cache, in whole pages: the engine writes dirty pages of files back to it. It
   * is also the only swap of shared memory, so shared memory can be as large as memory and store together. Default:
   * as large as memory. With `content: "full"` there is no store, and dirty pages of files stay in memory.
   */
  readonly store?: number;
  /**
   * The content of a page. With `full` it has all of its bytes, and an access has any address. With `word` and `none`
   * any address of a page names its one word. Default `word`.
   */
  readonly content?: Content;
  /**
   * Bytes for page tables and objects, at least 16 pages. The default depends on the number of frames, and is at
   * least 16 MiB.
   */
  readonly metadata?: number;
  /** Address spaces that can exist at once, at most 65535. Default 1024. */
  readonly spaces?: number;
  /** Files that can exist at once. Default 1024. */
  readonly files?: number;
  /** Operation records in a CPU's ring: a power of two. Default 4096. */
  readonly queueRecords?: number;
}

/** What of a size needs no engine to be checked. */
export interface MachineCounts {
  /** Worker CPUs that take operations. */
  readonly workers: number;
  /** The same with kswapd's. */
  readonly cpus: number;
  readonly spaces: number;
  readonly files: number;
  readonly queueRecords: number;
  readonly content: Content;
}

const CONTENTS: readonly Content[] = ["none", "word", "full"];
/** Sizes in bytes. `boot` knows their bounds: they depend on the engine. */
const BYTES = ["memory", "swap", "store", "metadata"] as const;
const UNBOUND = { unit: "bytes", low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/**
 * The counts of a machine. Throws UsageError for one that makes no sense, and for bytes that are no whole numbers: afterwards
 * the size is plain data, which can go to a thread.
 */
export function machineCounts(size: MachineSize): MachineCounts {
  const kswapd = flag("kswapd", size.kswapd) === true ? 1 : 0;
  const workers = wholeNumber(kswapd === 1 ? "cpus beside kswapd" : "cpus", given(size.cpus, 0), {
    high: 63 - kswapd,
  });
  const spaces = wholeNumber("spaces", given(size.spaces, 1024), { low: 1, high: 65535 });
  const files = wholeNumber("files", given(size.files, 1024), { low: 1, high: 2 ** 20 });
  const queueRecords = wholeNumber("queueRecords", given(size.queueRecords, 4096), { low: 4, high: 2 ** 20 });
  if ((queueRecords & (queueRecords - 1)) !== 0) {
    throw new UsageError(`queueRecords must be a power of two, not ${queueRecords}`);
  }
  const content = oneOf("content", given(size.content, "word"), CONTENTS);
  for (const name of BYTES) wholeNumber(name, given(size[name], 0), UNBOUND);
  return { workers, cpus: workers + kswapd, spaces, files, queueRecords, content };
}
