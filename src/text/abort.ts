/** Ending long work from outside, with an AbortSignal. */

import { UsageError } from "../errors.js";
import { show } from "./arguments.js";

/** An AbortSignal, as far as the library needs it: so its types need neither a browser's nor Node's. */
export interface Abortable {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The value as a signal. Throws UsageError for anything else; `what` names the call. */
export function signalOf(what: string, value: unknown): Abortable | undefined {
  if (value === undefined) return undefined;
  const { aborted, addEventListener } = (
    typeof value === "object" && value !== null ? value : {}
  ) as Partial<Abortable>;
  if (typeof aborted === "boolean" && typeof addEventListener === "function") return value as Abortable;
  throw new UsageError(
    `${what}: signal must be an AbortSignal, not ${show(value)}`,
    "make one with new AbortController().signal",
  );
}

/** Throws the reason of a signal that has been aborted. */
export function mustGoOn(signal: Abortable | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/**
 * What a promise comes to, or the signal's reason as soon as it is aborted: nobody waits longer for what may never come. The
 * work behind the promise goes on where nothing else ends it.
 */
export function orAborted<T>(signal: Abortable | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      signal.removeEventListener("abort", stop);
      reject(signal.reason);
    };
    void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
}
