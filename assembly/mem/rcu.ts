/**
 * RCU by quiescent states: the end of an operation is one. Readers do nothing at all; a CPU that
 * runs an operation announces the epoch that it has seen when the operation ends; an idle CPU
 * announces EPOCH_IDLE. What was deferred in one epoch is free two epochs later: every CPU
 * has by then ended the operation that it was in.
 *
 * Only pages are deferred (slab pages, page tables), on the CPU that gave them up, oldest first.
 */

import { loadAcquire32, readOnce32, storeRelease32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { cmpxchg32 } from "../arch/rmw";
import { sleepOn } from "../arch/wait";
import { EPOCH_IDLE, EPOCH_STEP, ZONE_ARENA } from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { pcpFree } from "./pcp";

/** How long others are waited for, nanoseconds. */
const NAP: i64 = 250_000;

/** The CPU begins to run operations: from here on it may hold references that it found by RCU. */
export function rcuEnter(): void {
  const cpu = thisCpu();
  // The store is a full barrier: no read of an operation comes before it.
  storeRelease32(cpu.epochAt, readOnce32(ctl().epochAt));
}

/** The CPU goes idle: it holds nothing. */
export function rcuLeave(): void {
  storeRelease32(thisCpu().epochAt, EPOCH_IDLE);
}

/** An operation has ended. */
@inline
export function rcuQuiescent(): void {
  const cpu = thisCpu();
  const epoch = readOnce32(ctl().epochAt);
  if (cpu.epoch != epoch) storeRelease32(cpu.epochAt, epoch);
  if (cpu.rcuHead != 0) advance(cpu);
}

/** Gives an arena page back once no reader can hold a reference into it. */
export function rcuFreePage(page: Page): void {
  const cpu = thisCpu();
  page.index = readOnce32(ctl().epochAt);
  page.next = 0;
  if (cpu.rcuHead == 0) cpu.rcuHead = changetype<u32>(page);
  else changetype<Page>(cpu.rcuTail).next = changetype<u32>(page);
  cpu.rcuTail = changetype<u32>(page);
}

/** Moves the epoch on if every CPU has seen it, and frees what is old enough. */
function advance(cpu: Cpu): void {
  const c = ctl();
  const epoch = readOnce32(c.epochAt);
  let i: u32 = 0;
  for (; i <= c.cpus; i++) {
    const seen = loadAcquire32(cpuOf(i).epochAt);
    if (seen != epoch && seen != EPOCH_IDLE) break;
  }
  if (i > c.cpus) cmpxchg32(c.epochAt, epoch, epoch + EPOCH_STEP);
  free(cpu, readOnce32(c.epochAt));
}

function free(cpu: Cpu, epoch: u32): void {
  while (cpu.rcuHead != 0) {
    const page = changetype<Page>(cpu.rcuHead);
    if (epoch - <u32>page.index < 2 * EPOCH_STEP) return;
    cpu.rcuHead = page.next;
    page.flags = 0;
    page.index = 0;
    pcpFree(ZONE_ARENA, page);
  }
}

/**
 * For one who was refused an arena page and is between two operations: gives others a moment to let go of what this or
 * another CPU has deferred. False: nothing is deferred.
 */
export function arenaComesBack(): bool {
  let deferred = false;
  // RACE: only a look whether there is something to wait for.
  for (let i: u32 = 0; i <= ctl().cpus; i++) deferred = deferred || cpuOf(i).rcuHead != 0;
  if (!deferred) return false;
  rcuQuiescent();
  rcuQuiescent();
  sleepOn(ctl().kswapdStopAt, 0, NAP);
  return true;
}

/** Frees everything that any CPU has deferred. Only while all of them stand still. */
export function rcuDrainAll(): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) free(cpuOf(i), readOnce32(ctl().epochAt) + 2 * EPOCH_STEP);
}
