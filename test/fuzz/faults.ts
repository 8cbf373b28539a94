/** Faults that were mended, as texts that undo the mend: what is planted to see whether the fuzzer finds it. */
import { COMMAND_LINE_FAULTS } from "./faults-command-line.js";
import { LIBRARY_FAULTS } from "./faults-library.js";
import { REPLAY_FAULTS } from "./faults-replay.js";
import type { Kind } from "./input.js";

/** One text in place of another, which stands once in the file. */
interface Patch {
  /** Path below the checkout, in src/. */
  readonly file: string;
  readonly search: string;
  readonly replace: string;
}

/** A fault, and where the fuzzer meets it. */
export interface Fault {
  readonly name: string;
  readonly patches: readonly Patch[];
  readonly kind: Kind;
  readonly seed: number;
  /** First number; 0 unless said otherwise. */
  readonly from?: number;
  /** Inputs in which it must show. */
  readonly within: number;
  /** What the finding says, `rule: detail`. */
  readonly shows: RegExp;
}

export const FAULTS: readonly Fault[] = [...COMMAND_LINE_FAULTS, ...REPLAY_FAULTS, ...LIBRARY_FAULTS];
