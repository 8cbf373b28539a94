/** A meeting as people write it. */

/** What the CPUs do, as text: operations are separated by `;`. */
export interface MeetingText {
  readonly setup: string;
  readonly cpus: readonly string[];
  /** What must be true in the end, where somebody knows. */
  readonly finish?: string;
  /** The machine's `boot` line. Default: some swap. */
  readonly boot?: string;
}
