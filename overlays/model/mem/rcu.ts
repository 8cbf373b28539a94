/**
 * RCU as the model's own: a grace period is as short as it may be, and whoever notices its end frees at once what was
 * deferred, on whichever CPU. So a reader that lets go too early meets the freeing at its own next quiescent state, and
 * a search needs few preemptions for that.
 *
 * To defer a page makes a new epoch, whose number the page keeps. A CPU announces the newest epoch when it begins, and
 * at each quiescent state. A page is free when every CPU has announced its epoch, or a later one, or is idle.
 *
 * RACE: the lists of deferred pages are this file's own. No hook stands between its plain accesses, so here they are
 * one step; the net leaves this file out.
 */

import { loadAcquire32, readOnce32 } from "../arch/access";
import { cpuOf, ctl, thisCpu } from "../arch/cpu";
import { atomicAdd32, xchg32 } from "../arch/rmw";
import { EPOCH_IDLE, EPOCH_STEP, ZONE_ARENA } from "../layout";
import { Cpu } from "../obj/cpu";
import { Page } from "../obj/page";
import { pcpFree } from "./pcp";

/** An operation has ended: announces the newest epoch, and frees what no reader can reach any more. */
export function rcuQuiescent(): void {
  const cpu = thisCpu();
  const epoch = readOnce32(ctl().epochAt);
  if (cpu.epoch != epoch) xchg32(cpu.epochAt, epoch);
  if (isDeferred()) freeOlder(oldest());
}

/** Gives an arena page back once no reader can hold a pointer into it. */
export function rcuFreePage(page: Page): void {
  const cpu = thisCpu();
  page.index = atomicAdd32(ctl().epochAt, EPOCH_STEP) + EPOCH_STEP;
  page.next = 0;
  if (cpu.rcuHead == 0) cpu.rcuHead = changetype<u32>(page);
  else changetype<Page>(cpu.rcuTail).next = changetype<u32>(page);
  cpu.rcuTail = changetype<u32>(page);
}

/** Whether any CPU has deferred anything. */
function isDeferred(): bool {
  for (let i: u32 = 0; i <= ctl().cpus; i++) if (cpuOf(i).rcuHead != 0) return true;
  return false;
}

/** The oldest epoch that a CPU at work has announced; the newest one when all are idle. */
function oldest(): u32 {
  const newest = readOnce32(ctl().epochAt);
  let age: u32 = 0;
  for (let i: u32 = 0; i <= ctl().cpus; i++) {
    const seen = loadAcquire32(cpuOf(i).epochAt);
    if (seen != EPOCH_IDLE) age = max(age, newest - seen);
  }
  return newest - age;
}

/** Frees the pages of all CPUs whose epoch is not younger than `epoch`. */
function freeOlder(epoch: u32): void {
  for (let i: u32 = 0; i <= ctl().cpus; i++) free(cpuOf(i), epoch);
}

function free(cpu: Cpu, epoch: u32): void {
  while (cpu.rcuHead != 0) {
    const page = changetype<Page>(cpu.rcuHead);
    if (<i32>(epoch - <u32>page.index) < 0) return;
    cpu.rcuHead = page.next;
    page.flags = 0;
    page.index = 0;
    pcpFree(ZONE_ARENA, page);
  }
}

/** Frees everything that any CPU has deferred. All of them must stand still. */
export function rcuDrainAll(): void {
  freeOlder(readOnce32(ctl().epochAt));
}
