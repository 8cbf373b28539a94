/** Waiting: spin, then sleep for a bounded time, then look again. There may be many more CPUs than cores. */

import { ctl, thisCpu } from "./cpu";
import { readOnce32 } from "./access";
import { panic } from "./panic";
import { PANIC_SPUN, STOP_PANIC } from "../layout";

/** Turns of a spin loop before a CPU goes to sleep. */
export const SPINS: u32 = 64;
/** Longest sleep before the stop word is looked at again, nanoseconds. */
const NAP: i64 = 2_000_000;
/** Most loads of one spin in place of a sleep. A load takes about a nanosecond. */
const MOST_LOADS: i64 = 65_536;
/** Loads that count as one of Cpu.spins. */
const LOADS_SHIFT: i64 = 10;

/**
 * One turn of a wait for the word at `at` to differ from `seen`. `turn` counts the caller's turns. Ends the CPU with a
 * trap after a panic, because the CPU that would have changed the word is gone.
 */
export function waitTurn(at: usize, seen: u32, turn: u32): void {
  if (turn < SPINS) return;
  if (readOnce32(ctl().stopAt) == STOP_PANIC) unreachable();
  sleepOn(at, seen, NAP);
}

/**
 * Sleeps until the word at `at` is no longer `seen`, a wake comes, or the bound (nanoseconds) has passed. A CPU whose
 * thread may not block, such as that of a page in a browser, spins instead.
 */
export function sleepOn(at: usize, seen: u32, bound: i64): void {
  if (thisCpu().spins == 0) napOn(at, seen, bound);
  else spinOn(at, seen, bound);
}

/**
 * The sleep of `sleepOn`.
 *
 * V8's baseline compiler (seen in 11.3, Node 20) loses values in registers across a wait. So nothing may be used after
 * the wait in the same function, and the build keeps this function out of its callers (`noInline` in asconfig.json). A
 * canary looks at the built module.
 */
function napOn(at: usize, seen: u32, bound: i64): void {
  atomic.wait<u32>(at, seen, bound);
}

/**
 * The spin of `sleepOn`: about as long as the sleep would be, but never long. Panics when the host's allowance for one
 * operation is used up: then the CPU that it waits for does not come.
 */
function spinOn(at: usize, seen: u32, bound: i64): void {
  const cpu = thisCpu();
  const loads = min<i64>(bound, MOST_LOADS);
  const cost = <u32>(loads >> LOADS_SHIFT) + 1;
  if (cpu.spins <= cost) panic(PANIC_SPUN, <u32>at, seen);
  cpu.spins -= cost;
  for (let left = loads; left > 0 && readOnce32(at) == seen; left--) {}
}

/** Wakes all CPUs that sleep on `at`. */
@inline
export function wakeAll(at: usize): void {
  atomic.notify(at, -1);
}

/** Wakes one CPU that sleeps on `at`. */
@inline
export function wakeOne(at: usize): void {
  atomic.notify(at, 1);
}
