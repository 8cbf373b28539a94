/** Faults that were mended, as texts that undo the mend: what is planted to see whether the fuzzer finds it. */
import type { Fault } from "./fault.js";
import { COMMAND_LINE_FAULTS } from "./faults-command-line.js";
import { LIBRARY_FAULTS } from "./faults-library.js";
import { REPLAY_FAULTS } from "./faults-replay.js";

/** All of them. */
export const FAULTS: readonly Fault[] = [...COMMAND_LINE_FAULTS, ...REPLAY_FAULTS, ...LIBRARY_FAULTS];
