/** Whether a recording has all kinds of records: a text may have been printed without some. */

import { InputError } from "../errors.js";
import * as Ev from "../trace/event.js";

/** Faults without a mapping that say that mappings are lacking. A program makes a few by itself. */
const MANY = 10;

/** Notes the kinds of records that a recording has. */
export class Whole {
  #tasks = false;
  #mappings = false;
  #began = false;
  #execs = false;

  /** An event that is neither a fault nor a call nor a count. */
  see(kind: number): void {
    switch (kind) {
      case Ev.EV_FORK:
      case Ev.EV_COMM:
      case Ev.EV_EXIT:
        this.#tasks = true;
        break;
      case Ev.EV_MAP:
        this.#mappings = true;
        break;
      case Ev.EV_SCHED_FORK:
        this.#began = true;
        break;
      case Ev.EV_SCHED_EXEC:
        this.#execs = true;
        break;
    }
  }

  /**
   * Throws InputError when the recording `file` cannot be whole: every fork and exec has records of tasks, every exec and
   * every recording that begins with a running program has records of mappings. `unmapped` counts faults without a mapping.
   */
  check(file: string, line: number, unmapped: number): void {
    const lacks: string[] = [];
    if ((this.#began || this.#execs) && !this.#tasks) lacks.push("tasks (PERF_RECORD_FORK, _COMM and _EXIT)");
    if (!this.#mappings && (this.#execs || unmapped >= MANY)) lacks.push("mappings (PERF_RECORD_MMAP2)");
    if (lacks.length === 0) return;
    throw new InputError(
      { file, line, column: 1 },
      `the recording has no records of ${lacks.join(" nor of ")}`,
      "print it with: perf script --ns --show-mmap-events --show-task-events, or record it with: rmap record -o FILE -- COMMAND",
    );
  }
}
