/** The interface of a strategy, which answers the two questions of an execution. */

/** Decides an execution. The program determines everything else, so that equal answers give an equal execution. */
export interface Oracle {
  /** A new execution begins. */
  begin(): void;
  /**
   * Returns the CPU for the next step, from `runnable` (ascending, not empty). `current` made the last step, if any.
   */
  next(runnable: readonly number[], current: number | undefined): number;
  /** Returns a number from 0 to `count` - 1, for a choice that the memory model leaves open. */
  choose(count: number): number;
}
