/** Runs a schedule again. */

import { UsageError } from "../../errors.js";
import { Schedule } from "../schedule.js";
import type { Oracle } from "./oracle.js";

/** Answers by a schedule. After its end it stays with a CPU as long as that CPU can continue. */
export class ReplayOracle implements Oracle {
  readonly #decisions: readonly number[];
  #at = 0;

  /** `text` is the schedule of a finding. Throws a UsageError when it is not a schedule. */
  constructor(text: string) {
    this.#decisions = Schedule.parse(text).decisions;
  }

  begin(): void {
    this.#at = 0;
  }

  next(runnable: readonly number[], current: number | undefined): number {
    const decision = this.#decisions[this.#at++];
    if (decision === undefined) {
      return current !== undefined && runnable.includes(current) ? current : (runnable[0] as number);
    }
    if (!runnable.includes(decision)) throw this.#misfit(`CPU ${decision} cannot continue`);
    return decision;
  }

  choose(count: number): number {
    const choice = -1 - (this.#decisions[this.#at++] ?? -1);
    if (choice < 0 || choice >= count) throw this.#misfit(`there are ${count} choices`);
    return choice;
  }

  #misfit(why: string): UsageError {
    return new UsageError(
      `the schedule does not fit this program at decision ${this.#at}: ${why}`,
      "a schedule belongs to one program, one build and one memory model",
    );
  }
}
