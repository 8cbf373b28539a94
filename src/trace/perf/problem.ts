/** The errors of reading a perf.data recording: where, what is wrong, and the command that records it right. */

import { EnvironmentError, InputError } from "../../errors.js";

/** The command that records a program so that a replay can read it. */
export const RECORD = "rmap record -o FILE -- COMMAND";

const RECORD_AGAIN = `record it again with: ${RECORD}`;

const CUT = `copy it again, or record again: ${RECORD}`;

/** Makes the errors of one recording. */
export class Problems {
  /** `file` is the name that messages give the recording. */
  constructor(readonly file: string) {}

  /** The recording is damaged, or ends too early, at byte `at` (counted from 0). */
  damaged(at: number, message: string, hint = RECORD_AGAIN): InputError {
    return this.#error(at, `${message} (byte ${at})`, hint);
  }

  /** The recording is whole, but a replay cannot read this kind. */
  refused(message: string, hint = RECORD_AGAIN): InputError {
    return this.#error(0, message, hint);
  }

  /** The recording ends at byte `at`, inside its `part`. */
  cut(at: number, part: string): InputError {
    return this.damaged(at, `the recording is cut off: it ends inside ${part}`, CUT);
  }

  /** The recording is compressed. */
  compressed(): EnvironmentError {
    return new EnvironmentError(
      `${this.file} is compressed (perf record -z), which a replay does not read`,
      RECORD_AGAIN,
    );
  }

  // A binary file has one line: its columns are its bytes.
  #error(at: number, message: string, hint: string): InputError {
    return new InputError({ file: this.file, line: 1, column: at + 1 }, message, hint);
  }
}
