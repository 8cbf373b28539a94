/** A decision of a reduced search, with what is known of each CPU there. */

import { Access } from "../access.js";
import { type Footprint, NONE } from "./footprint.js";

/** The state before a step, and the step. The CPUs of `sleep`, `backtrack` and `done` are bits. */
export class Node {
  /** The next access of each CPU here. */
  readonly pending: Access[];
  /** The clock of the step that was made here: how many steps of each CPU happen before it or are it. */
  readonly clock: Int32Array;
  /** The plain accesses of the step that was made here. */
  plain: Footprint = NONE;
  /** The same of each CPU that sleeps here, or whose step here was explored. */
  readonly feet: Footprint[];
  runnable = 0;
  sleep = 0;
  backtrack = 0;
  done = 0;
  chosen = 0;
  /** Of a step that changes a count, or asks something of it: what was there before. */
  held = 0;

  constructor(cpus: number) {
    this.pending = Array.from({ length: cpus }, () => new Access());
    this.clock = new Int32Array(cpus);
    this.feet = Array.from({ length: cpus }, () => NONE);
  }

  /** The access of the step that was made here. */
  get made(): Access {
    return this.pending[this.chosen] as Access;
  }
}
