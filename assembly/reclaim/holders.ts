/**
 * Other CPUs may hold pages that are on no list: those in an LRU batch, and those that reclaim has isolated. A scan
 * does not see these pages. A CPU whose scan found nothing waits for those CPUs before it reports that there is
 * nothing.
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { STOP_RUN } from "../layout";
import { Cpu } from "../obj/cpu";

/** The time between two looks at a CPU, nanoseconds. */
const NAP: i64 = 250_000;
/**
 * How often a CPU looks at another that makes no progress. The other may itself wait for a grace period that this CPU
 * delays, so the waiting has an end. The whole time is many times the longest that a busy machine keeps a thread from
 * running.
 */
const LOOKS: u32 = 400;

/**
 * Waits until each other CPU that holds pages off the lists has dropped them or made progress. True: there was such a
 * CPU. No lock is held.
 */
export function waitForHolders(): bool {
  let waited = false;
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    if (i != thisCpu().number && waitForOne(cpuOf(i))) waited = true;
  }
  return waited;
}

function waitForOne(cpu: Cpu): bool {
  const before = progressOf(cpu);
  let look: u32 = 0;
  while (look < LOOKS && holdsPages(cpu) && progressOf(cpu) == before && readOnce32(ctl().stopAt) == STOP_RUN) {
    nap();
    look++;
  }
  return look != 0;
}

/** Whether another CPU executes an operation, and so may free pages or put them on the lists. */
export function othersAreAtWork(): bool {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    if (i != thisCpu().number && isAtWork(cpuOf(i))) return true;
  }
  return false;
}

/** Lets other CPUs run. The word does not change and nobody wakes this CPU. */
export function nap(): void {
  sleepOn(ctl().kswapdStopAt, 0, NAP);
}

/** Whether a CPU holds pages that no scan finds. */
function holdsPages(cpu: Cpu): bool {
  // RACE: this is only a guess whether to wait. A wrong one costs a scan in vain, or a nap.
  return readOnce32(cpu.reclaimsAt) != 0 || (isAtWork(cpu) && readOnce32(cpu.lruBatchAt) != 0);
}

@inline
function isAtWork(cpu: Cpu): bool {
  // RACE: this is only a guess whether that CPU may free pages.
  return readOnce32(cpu.currentAt) != 0;
}

/** A number that changes with each fault, each page that is looked at, and each operation. */
function progressOf(cpu: Cpu): u64 {
  // RACE: the counters only show whether that CPU makes progress.
  return readOnce64(cpu.statFaultsAt) + readOnce64(cpu.statScannedAt) + <u64>readOnce32(cpu.indexAt);
}
