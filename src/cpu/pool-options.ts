/** How to start and watch the worker threads, and the defaults. */

import type { Abortable } from "../text/abort.js";
import { callable, given, wholeNumber } from "../text/arguments.js";
import type { ThreadFactory } from "./thread.js";

/** How to start and watch the workers. */
export interface PoolOptions {
  /** Makes a worker thread; by default the package's own worker file on this platform's threads. */
  readonly threads?: ThreadFactory;
  /**
   * Milliseconds of available processor time (see FairClock). When no worker gets ready for so long, the engine gives
   * up on the missing ones. Default 30,000; with `threads` 4,000.
   */
  readonly readyTimeout?: number;
  /**
   * Milliseconds of available processor time (see FairClock). When there is no progress for so long, a wait gives up.
   * Default 30,000.
   */
  readonly watchdog?: number;
  /** Ends the start of an engine: `Engine.create` then rejects with the signal's reason, and no thread is left. */
  readonly signal?: Abortable;
  /** The last worker CPU is kswapd, and takes no operations. */
  readonly kswapd?: boolean;
}

/** The limits of a pool, in milliseconds of available processor time. */
export interface PoolLimits {
  /** Without a worker that gets ready. */
  readonly ready: number;
  /** Without any progress. */
  readonly watchdog: number;
}

/** Default milliseconds without progress after which a wait gives up. */
const WATCHDOG = 30_000;
/**
 * Default milliseconds without a worker that gets ready: for this package's threads, and for threads of your own
 * factory.
 */
const OWN_READY = 30_000;
const OTHER_READY = 4000;
/** The longest wait of a timer, in milliseconds. */
const MAX_TIMER = 2 ** 31 - 1;

/** The limits that the options ask for. Throws UsageError for options that make no sense. */
export function poolLimits({ threads, readyTimeout, watchdog }: PoolOptions): PoolLimits {
  if (threads !== undefined) callable("threads", threads);
  const range = { unit: "milliseconds", low: 1, high: MAX_TIMER };
  const progress = wholeNumber("watchdog", given(watchdog, WATCHDOG), range);
  const ready = given(readyTimeout, threads === undefined ? OWN_READY : OTHER_READY);
  return { ready: wholeNumber("readyTimeout", ready, range), watchdog: progress };
}
