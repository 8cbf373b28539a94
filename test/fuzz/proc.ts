/** What the system says of a process: CPU time and resident memory. Linux only; elsewhere there is nothing to say. */
import { readFileSync } from "node:fs";

/** Milliseconds of CPU that a process has used, and its bytes of resident memory. */
export interface Usage {
  readonly cpu: number;
  readonly resident: number;
}

/** The kernel's clock tick, in milliseconds, and its page. */
const TICK = 10;
const PAGE = 4096;

/** Usage of a process; undefined when it has ended, or the system does not say. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name may hold blanks and brackets: fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { cpu: (Number(fields[11]) + Number(fields[12])) * TICK, resident: Number(fields[21]) * PAGE };
  } catch {
    return undefined;
  }
}
