/**
 * A CPU's ring of operation records, the only hot entry from the host. The CPU executes the records one after the other
 * without leaving the module, waits where a record says so, and publishes how far it is.
 */

import { loadAcquire32, readOnce32, storeRelease32 } from "./arch/access";
import { cpuOf, ctl, thisCpu } from "./arch/cpu";
import { sleepOn, waitTurn, wakeAll } from "./arch/wait";
import { OPF_PUBLISH, OP_WAIT, STOP_RUN } from "./layout";
import { lruAddDrain } from "./lru/add";
import { pcpDrainIfShort } from "./mem/pcp";
import { rcuEnter, rcuLeave } from "./mem/rcu";
import { Cpu } from "./obj/cpu";
import { OpRecord } from "./obj/record";
import { runOne } from "./ops";

/** The longest sleep of an idle CPU before it looks at the stop word again, nanoseconds. */
const IDLE_NAP: i64 = 50_000_000;
/** After so many records a CPU publishes how far it is, even if no record asks for it. */
const PUBLISH_EVERY: u32 = 256;

/**
 * Runs a worker CPU: executes its ring until the engine stops. The acquire of `tail` comes before the records are read.
 * Pairs with the host's store of Cpu.tail (src/cpu/ring.ts).
 */
export function runUntilStopped(): void {
  const cpu = thisCpu();
  while (readOnce32(ctl().stopAt) == STOP_RUN) {
    runQueue();
    const tail = loadAcquire32(cpu.tailAt);
    if (tail == cpu.index) sleepOn(cpu.tailAt, tail, IDLE_NAP);
  }
}

/**
 * Executes the records in this CPU's ring. Before it publishes that it has finished, it drops its references: they
 * would hide from others that a page is theirs alone. The acquire of `tail` comes before the records are read. Pairs
 * with the host's store of Cpu.tail (src/cpu/ring.ts).
 */
export function runQueue(): void {
  const cpu = thisCpu();
  let tail = loadAcquire32(cpu.tailAt);
  if (tail == cpu.index) return;
  rcuEnter();
  while (tail != cpu.index) {
    while (cpu.index != tail) {
      const at = cpu.queueBase + ((cpu.index & cpu.queueMask) << 5);
      cpu.current = at;
      const record = changetype<OpRecord>(at);
      if (record.op == OP_WAIT) waitFor(record.aux, <u32>record.a);
      else runOne(cpu, record);
      cpu.index++;
      if ((record.flags & OPF_PUBLISH) != 0 || (cpu.index & (PUBLISH_EVERY - 1)) == 0) {
        publish(cpu);
      }
      if (readOnce32(ctl().stopAt) != STOP_RUN) break;
    }
    if (readOnce32(ctl().stopAt) != STOP_RUN) break;
    tail = loadAcquire32(cpu.tailAt);
  }
  cpu.current = 0;
  lruAddDrain();
  rcuLeave();
  publish(cpu);
}

/**
 * Publishes how far this CPU is. From then on it holds no pages that others might want to free, move or take over.
 * Release: all that its operations stored comes before. Pairs with waitFor in queue.ts.
 */
function publish(cpu: Cpu): void {
  lruAddDrain();
  pcpDrainIfShort();
  storeRelease32(cpu.doneAt, cpu.index);
  wakeAll(cpu.doneAt);
}

/**
 * Waits until CPU `number` has executed the records before `index`. The waiting CPU holds nothing. Acquire: all that
 * those operations stored is seen afterwards. Pairs with publish in queue.ts.
 */
function waitFor(number: u32, index: u32): void {
  const at = cpuOf(number).doneAt;
  let done = loadAcquire32(at);
  if (<i32>(done - index) >= 0) return;
  // Others may be waiting for this CPU, so it publishes how far it is.
  publish(thisCpu());
  rcuLeave();
  for (let turn: u32 = 0; <i32>(done - index) < 0 && readOnce32(ctl().stopAt) == STOP_RUN; turn++) {
    waitTurn(at, done, turn);
    done = loadAcquire32(at);
  }
  rcuEnter();
}
