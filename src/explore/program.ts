/** The interface of a program: what the CPUs of a modelled machine do, and what must hold at its end. */

import type { OpOutcome, OpRecord } from "../record/record.js";
import type { Machine } from "./machine.js";

/** What the CPUs of a machine do. */
export interface Program {
  /** Sets up the machine once on the host CPU (`machine.run`), and returns what each CPU executes. */
  prepare(machine: Machine): readonly (readonly OpRecord[])[];
  /**
   * Returns the error in the outcomes (by CPU and operation), if any. It may use the host CPU. The result must depend
   * on the machine's memory only: a state that was judged once is not judged again.
   */
  verify(machine: Machine, outcomes: readonly (readonly OpOutcome[])[]): string | undefined;
  /** CPUs that run until the host ends them, as bits: kswapd, for example. */
  readonly daemons?: number;
  /** The text of a CPU's operation, counted from 0; undefined for one that the race does not name. */
  label?(cpu: number, operation: number): string | undefined;
}
