/** What a strategy is: whoever answers the two questions of an execution. */

/**
 * Decides an execution. Whatever is not decided by an oracle is determined by the program, so that equal answers give
 * an equal execution.
 */
export interface Oracle {
  /** A new execution begins. */
  begin(): void;
  /** Which of the CPUs in `runnable` (ascending, not empty) goes next; `current` is the one that made the last step, if any. */
  next(runnable: readonly number[], current: number | undefined): number;
  /** A number from 0 to `count` - 1, where a memory model leaves something open. */
  choose(count: number): number;
}
