/** The first sample that differs: where it is, and what can be said of why. */

import type { Sample } from "./machine.js";

/** A sample in which the kernel's count and the engine's differ for the first time. */
export interface FirstDifference extends Pick<Sample, "space" | "pages" | "time" | "pid" | "tid" | "comm"> {
  /** Line of the recording, or number of the event in a binary one. */
  readonly line: number;
  /** The engine's count, in pages, with what no event explains. */
  readonly counted: number;
  /** Line of the last sample of the address space that was equal; null without one. The difference arose in between. */
  readonly equalLine: number | null;
  /** What happened, as a sentence without its full stop. */
  readonly cause: string;
}

/** What the comparison knows besides the sample. */
interface Circumstances {
  readonly line: number;
  readonly counted: number;
  /** The change of the kernel's count since its last sample. */
  readonly rise: number;
  readonly equalLine: number | null;
}

/** Describes a sample that differs. It comes after its thread's fault, whose access has run. */
export function firstDifference(sample: Sample, about: Circumstances): FirstDifference {
  const { space, pages, time, pid, tid, comm } = sample;
  const { line, counted, equalLine } = about;
  return {
    ...{ space, pages, time, pid, tid, comm, line, counted, equalLine },
    cause: causeOf(sample, about),
  };
}

function causeOf({ address, write, access }: Sample, { rise, equalLine }: Circumstances): string {
  const fault = `the ${write ? "write" : "read"} at 0x${address.toString(16)}`;
  if (access.refused) return `the engine refused ${fault}: it has no mapping there that allows it`;
  if (rise !== access.delta)
    return `after ${fault} the kernel counted ${signed(rise)}, and the engine ${signed(access.delta)}`;
  const since =
    equalLine === null ? "before the first sample" : `between the lines ${equalLine} and this one`;
  return `both counted ${signed(rise)} after ${fault}, so the difference arose ${since}`;
}

function signed(pages: number): string {
  return `${pages < 0 ? "−" : "+"}${Math.abs(pages)}`;
}
