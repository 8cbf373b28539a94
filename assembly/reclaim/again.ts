/** Whether an operation that found no memory is made again. */

import { framesAreShort } from "../mem/pcp";
import { arenaComesBack } from "../mem/rcu";
import { EAGAIN, ENOMEM, REFUSED_FRAME, SWAP_CLUSTER } from "../layout";
import { Cpu } from "../obj/cpu";
import { tryToFreePages } from "./vmscan";
import { isHopeless } from "./worth";

/** How often an operation that found no frame is tried again after some were freed. */
export const RETRIES: i32 = 16;

/** Whether an operation failed for want of memory, and not because a rule forbids it. */
export function wasRefused(cpu: Cpu, result: i32): bool {
  return cpu.refused != 0 && (result == -ENOMEM || result == -EAGAIN);
}

/** Whether an operation that found no memory may find some now. It has ended, so this CPU holds nothing. */
export function mayRetry(cpu: Cpu): bool {
  if (isHopeless()) return false;
  if (cpu.refused == REFUSED_FRAME) return framesAreShort() && tryToFreePages(SWAP_CLUSTER) != 0;
  return arenaComesBack();
}
