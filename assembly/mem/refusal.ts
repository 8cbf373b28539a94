/** Notes about an operation that found no memory: which pool refused it, and what was free elsewhere. */

import { readOnce32 } from "../arch/access";
import { cmpxchg32 } from "../arch/rmw";
import { ctl, thisCpu } from "../arch/cpu";
import { ENDS_AT_ACCESS, SWAP, BLOCKS, ZONE_ARENA, ZONE_FRAMES } from "../layout";
import { Blocks } from "../obj/blocks";
import { OpRecord } from "../obj/record";
import { Swap } from "../obj/swap";
import { zoneOf } from "./zone";

/**
 * The operation of `record` ended with -ENOMEM or -EAGAIN. Writes into the record what this CPU was refused. If the
 * host wants the run to end at a refusal, the first CPU also notes what was free. `access`: on a real machine a process
 * would have been killed here.
 */
export function noteRefusal(record: OpRecord, access: bool): void {
  const refused = thisCpu().refused;
  record.aux = refused;
  const c = ctl();
  if (refused == 0 || c.endsAtRefusal == 0 || (c.endsAtRefusal == ENDS_AT_ACCESS && !access)) return;
  if (cmpxchg32(c.refusalAt, 0, refused) != 0) return;
  c.refusedCpu = thisCpu().number;
  c.refusedIndex = thisCpu().index;
  // RACE: other CPUs allocate and free meanwhile. The figures are for people.
  c.refusedFrames = readOnce32(zoneOf(ZONE_FRAMES).freeAt);
  c.refusedArena = readOnce32(zoneOf(ZONE_ARENA).freeAt);
  c.refusedSlots = readOnce32(changetype<Swap>(SWAP).freeAt);
  c.refusedBlocks = readOnce32(changetype<Blocks>(BLOCKS).freeAt);
  c.refusedTables = c.tables;
  c.refusedSlabPages = c.slabPages;
}
