/** The result of one execution. */

import type { Finding } from "./finding.js";

export interface Execution {
  /** By decision: the CPU that made the step. The next execution reuses it. */
  readonly decisions: readonly number[];
  /** The answers to what a memory model left open, in order. The next execution reuses it. */
  readonly choices: readonly number[];
  readonly finding: Finding | undefined;
  /** True when the strategy gave it up, because others repeat it. */
  readonly abandoned: boolean;
}
