/**
 * Other CPUs that hold pages which stand on no list: those of an LRU batch, and those that reclaim has isolated. A scan
 * does not see them. One who found nothing waits for those CPUs before it says that there is nothing.
 */

import { readOnce32, readOnce64 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { sleepOn } from "../arch/wait";
import { STOP_RUN } from "../layout";
import { Cpu } from "../obj/cpu";

/** Between two looks at a CPU, nanoseconds. */
const NAP: i64 = 250_000;
/**
 * Looks at one CPU that does not get on. It may wait itself, for a grace period that this CPU is in the way of: so there
 * is an end. It is many times the longest that a busy machine keeps a thread from running.
 */
const LOOKS: u32 = 400;

/** Waits until each other CPU that holds pages off the lists has let go of them or got on; whether there was one. No lock is held. */
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

/** Whether another CPU is in the middle of something, and so may free pages or put them on the lists. */
export function othersAreAtWork(): bool {
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    if (i != thisCpu().number && isAtWork(cpuOf(i))) return true;
  }
  return false;
}

/** Lets others get on. Nobody wakes this CPU: the word is only one that does not change. */
export function nap(): void {
  sleepOn(ctl().kswapdStopAt, 0, NAP);
}

/** Whether a CPU holds pages that no scan finds. */
function holdsPages(cpu: Cpu): bool {
  // RACE: only a guess whether to wait. A wrong one costs a scan in vain, or a nap.
  return readOnce32(cpu.reclaimsAt) != 0 || (isAtWork(cpu) && readOnce32(cpu.lruBatchAt) != 0);
}

@inline
function isAtWork(cpu: Cpu): bool {
  // RACE: as above.
  return readOnce32(cpu.currentAt) != 0;
}

/** A number that changes with each fault, each page that is looked at, and each operation. */
function progressOf(cpu: Cpu): u64 {
  // RACE: as above.
  return readOnce64(cpu.statFaultsAt) + readOnce64(cpu.statScannedAt) + <u64>readOnce32(cpu.indexAt);
}
