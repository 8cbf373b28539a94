/** The kernel's stacks at page counts: why it counted. */

import { CAUSE_ON_BEHALF, causeOfFunction, NO_CAUSE } from "../causes.js";
import { addressAt } from "./symbols.js";

/** Knows the functions in the stacks of one recording. */
export class Stacks {
  /** The causes of the frames that say one. */
  readonly #causes = new Map<number, number>();
  /** Called for each frame. */
  onFrame: ((address: number) => void) | undefined;

  /** These functions are at these addresses. */
  name(functions: ReadonlyMap<number, string>): void {
    for (const [address, name] of functions) {
      const cause = causeOfFunction(name);
      if (cause !== NO_CAUSE) this.#causes.set(address, cause);
    }
  }

  /** The cause that a stack of `frames` addresses at `at` shows; the innermost frame that names one decides. */
  cause(view: DataView, at: number, frames: number): number {
    const { onFrame } = this;
    if (onFrame !== undefined) for (let i = 0; i < frames; i++) onFrame(addressAt(view, at + i * 8));
    if (this.#causes.size === 0) return NO_CAUSE;
    let found = NO_CAUSE;
    for (let i = 0; i < frames; i++) {
      const cause = this.#causes.get(addressAt(view, at + i * 8)) ?? NO_CAUSE;
      if (cause !== NO_CAUSE && cause !== CAUSE_ON_BEHALF) return cause;
      found ||= cause;
    }
    return found;
  }
}
