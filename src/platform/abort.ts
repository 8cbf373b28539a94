/** Ending long work from outside, with an AbortSignal. */

/** An AbortSignal, as far as the library needs it: so its types need neither a browser's nor Node's. */
export interface Abortable {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Throws the reason of a signal that has been aborted. */
export function mustGoOn(signal: Abortable | undefined): void {
  if (signal?.aborted) throw signal.reason;
}
