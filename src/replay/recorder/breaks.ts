/** When a window of the replay ends early, so that the recorder can look at the machine: not too often. */

/** Extra ends of windows that are free, and operations of the replay for each further one. */
const BREAKS_FIRST = 2;
const OPERATIONS_PER_BREAK = 4096;
/** A part of the operations so far, and the least number, after which there is a look at the machine. */
const PART = 64;
const LEAST = 1024;
/** Forks and ends are worth more: they get what the looks now and then leave. */
const SHARE = 1 / 2;

/** Counts operations, and the windows that ended for a look. */
export class Breaks {
  operations = 0;
  /** Windows that ended for a look. */
  count = 0;
  /** True when the window should end. */
  asked = false;
  /** The operations at the last rest, and those at which there is a look in any case. */
  #rested = 0;
  #due = 0;

  constructor() {
    // V8 takes a field that has had one value only for a constant, and compiles all callers again when it changes.
    this.asked = true;
    this.#schedule();
    this.asked = false;
  }

  /** An operation comes next. */
  operation(): void {
    if (++this.operations >= this.#due) this.asked = true;
  }

  /** Asks for the end of the window, if there may be another one. */
  ask(): void {
    if (this.operations > this.#rested && this.count < BREAKS_FIRST + this.operations / OPERATIONS_PER_BREAK)
      this.asked = true;
  }

  /** The machine is at rest. */
  rest(): void {
    if (this.asked) this.count++;
    this.asked = false;
    this.#rested = this.operations;
    this.#schedule();
  }

  /** When a look is due: enough operations after the last rest, and the breaks so far within their share. */
  #schedule(): void {
    const least = this.#rested + LEAST;
    const part = Math.ceil((this.#rested * PART) / (PART - 1));
    const share = Math.floor((this.count / SHARE - BREAKS_FIRST) * OPERATIONS_PER_BREAK) + 1;
    this.#due = Math.max(least, part, share);
  }
}
