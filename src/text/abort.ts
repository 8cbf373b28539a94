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
