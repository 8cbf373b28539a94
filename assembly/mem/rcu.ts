/**
 * RCU by quiescent states: the end of an operation is one. Readers do nothing at all. A CPU that runs operations
 * announces at the end of each the epoch that it has seen. An idle CPU announces EPOCH_IDLE. What is deferred in one
 * epoch is freed two epochs later: by then every CPU has ended the operation that it was in.
 *
 * Only pages are deferred (slab pages, page tables). Each stays with the CPU that gave it up, oldest first.
 */

import { loadAcquire32, readOnce32, storeRelease32, writeOnce32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { cmpxchg32, xchg32 } from "../arch/rmw";
import { sleepOn } from "../arch/wait";
import { EPOCH_IDLE, EPOCH_STEP, ZONE_ARENA } from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { pcpFree } from "./pcp";

/** How long a CPU waits for others, nanoseconds. */
const NAP: i64 = 250_000;

/** The CPU begins to run operations. From here on it may hold pointers that it found by RCU. */
export function rcuEnter(): void {
  const cpu = thisCpu();
  // A full barrier: no read of an operation comes before this store. Pairs with the loadAcquire32 of advance, in
  // mem/rcu.ts. An exchange, because a release would let later reads rise above it; natively both are one instruction.
  xchg32(cpu.epochAt, readOnce32(ctl().epochAt));
}

/**
 * The CPU goes idle and holds no pointers. Release: its reads come before. Pairs with the loadAcquire32 of advance, in
 * mem/rcu.ts.
 */
export function rcuLeave(): void {
  storeRelease32(thisCpu().epochAt, EPOCH_IDLE);
}

/**
 * An operation has ended. A full barrier: its reads come before the store, and those of the next one after it. Pairs
 * with the loadAcquire32 of advance, in mem/rcu.ts.
 */
@inline
export function rcuQuiescent(): void {
  const cpu = thisCpu();
  const epoch = readOnce32(ctl().epochAt);
  if (cpu.epoch != epoch) xchg32(cpu.epochAt, epoch);
  if (cpu.rcuHead != 0) advance(cpu);
}

/** Gives an arena page back once no reader can hold a pointer into it. */
export function rcuFreePage(page: Page): void {
  const cpu = thisCpu();
  page.index = readOnce32(ctl().epochAt);
  page.next = 0;
  if (cpu.rcuHead == 0) writeOnce32(cpu.rcuHeadAt, changetype<u32>(page));
  else changetype<Page>(cpu.rcuTail).next = changetype<u32>(page);
  cpu.rcuTail = changetype<u32>(page);
}

/**
 * Advances the epoch if every CPU has seen the current one, and frees what is old enough. The acquire orders the other
 * CPUs' reads before the freeing. Pairs with rcuQuiescent, rcuEnter and rcuLeave in mem/rcu.ts.
 */
function advance(cpu: Cpu): void {
  const c = ctl();
  const epoch = readOnce32(c.epochAt);
  let i: u32 = 0;
  for (; i <= c.cpus; i++) {
    const seen = loadAcquire32(cpuOf(i).epochAt);
    if (seen != epoch && seen != EPOCH_IDLE) break;
  }
  if (i > c.cpus) cmpxchg32(c.epochAt, epoch, epoch + EPOCH_STEP);
  // Acquire: if another CPU has advanced it, what that CPU has seen of the readers counts here, too.
  free(cpu, loadAcquire32(c.epochAt));
}

function free(cpu: Cpu, epoch: u32): void {
  while (cpu.rcuHead != 0) {
    const page = changetype<Page>(cpu.rcuHead);
    if (epoch - <u32>page.index < 2 * EPOCH_STEP) return;
    writeOnce32(cpu.rcuHeadAt, page.next);
    writeOnce32(page.flagsAt, 0);
    page.index = 0;
    pcpFree(ZONE_ARENA, page);
  }
}

/**
 * For a CPU between two operations that was refused an arena page: gives others a moment to let go of deferred pages.
 * False: nothing is deferred.
 */
export function arenaComesBack(): bool {
  let deferred = false;
  // RACE: the look only tells whether there is something to wait for.
  for (let i: u32 = 0; i <= ctl().cpus; i++) deferred = deferred || readOnce32(cpuOf(i).rcuHeadAt) != 0;
  if (!deferred) return false;
  rcuQuiescent();
  rcuQuiescent();
  sleepOn(ctl().kswapdStopAt, 0, NAP);
  return true;
}

/** Frees everything that any CPU has deferred. All of them must stand still. */
export function rcuDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) free(cpuOf(i), readOnce32(ctl().epochAt) + 2 * EPOCH_STEP);
}
