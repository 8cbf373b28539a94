/** The limits and the result of an exploration: of all executions that a strategy asks for. */

import type { Execution } from "./execution.js";
import type { Finding } from "./finding.js";

/** The limits of an exploration. */
export interface ExploreOptions {
  /** The most executions. Default: no limit. It stops earlier at a finding. */
  readonly executions?: number;
  /** The most steps of one execution. Default 20,000. */
  readonly maxSteps?: number;
  /** Called after every execution, while the machine is still in its final state. True ends the exploration. */
  readonly onExecution?: (execution: Execution, index: number) => boolean | undefined;
  /** True: each execution runs from its beginning. The results are the same, and come later. */
  readonly fromStart?: boolean;
  /**
   * True: an execution ends where it comes to a state behind which everything has been tried. It has to be the same state
   * for everybody: what it would find, another execution finds or has found.
   */
  readonly merges?: boolean;
}

/** The result of an exploration. */
export interface ExploreResult {
  /** Executions of the last pass. */
  readonly executions: number;
  /** Those of them that ended where another one had been. */
  readonly merged: number;
  /** Executions before it: those of passes that knew too few contended words. */
  readonly repeated: number;
  /** Executions that the strategy gave up. */
  readonly abandoned: number;
  /** Steps in all executions. */
  readonly steps: number;
  readonly seconds: number;
  /** True when the strategy has nothing left to try. */
  readonly complete: boolean;
  readonly finding: Finding | undefined;
}
