/** What the system says of a process: CPU time, resident memory, idleness. Linux only; elsewhere there is nothing to say. */
import { readdirSync, readFileSync } from "node:fs";

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

/** True when no thread of a process runs, or waits for a CPU that others have. */
export function isIdle(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((tid) => {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, "latin1");
      return !/[RD]/.test(stat[stat.lastIndexOf(")") + 2] ?? "R");
    });
  } catch {
    return false;
  }
}
