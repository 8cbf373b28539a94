/** What running an input came to, as the judge sees it. */

/** Plain data: it travels from the fuzzer's process to its parent. */
export interface Outcome {
  /** Exit code; null when the process was ended by a signal. */
  readonly code: number | null;
  readonly signal?: string | null;
  /** The first 256 KiB of stdout and of stderr. */
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that were written to both. */
  readonly written: number;
  /** True when the input got past its reader and the engine ran. */
  readonly ran: boolean;
  /** What the runner itself saw that must not be: two builds that differ, a value that was accepted. */
  readonly findings: readonly string[];
  readonly milliseconds: number;
  /** Milliseconds of CPU, of all threads; of a process of its own the time until its end. */
  readonly cpu: number;
}

/** Text of an outcome that is kept. */
export const KEPT = 256 * 1024;
