/**
 * Lock order checking. Each CPU keeps the locks that it holds, with their classes, at CPU_HELD;
 * taking one of a class that does not stand further in than all of them is a panic, as is
 * releasing one that is not held, or ending an operation with one.
 */

import { thisCpu } from "../arch/cpu";
import { panic } from "../arch/panic";
import { trace } from "../arch/trace";
import {
  CPU_HELD,
  EVENT_LOCK,
  EVENT_UNLOCK,
  MAX_HELD,
  PANIC_LOCK_BALANCE,
  PANIC_LOCK_LEAK,
  PANIC_LOCK_ORDER,
} from "../layout";
import { Cpu } from "../obj/cpu";

/** One held lock. */
@unmanaged
class Held {
  at: u32;
  lockClass: u32;
}

@inline
function heldOf(cpu: Cpu, i: u32): Held {
  return changetype<Held>(changetype<usize>(cpu) + CPU_HELD + i * offsetof<Held>());
}

function push(at: usize, lockClass: u32): void {
  const cpu = thisCpu();
  if (cpu.heldLocks == MAX_HELD) panic(PANIC_LOCK_LEAK, <u32>at, lockClass, cpu.heldLocks);
  heldOf(cpu, cpu.heldLocks).at = <u32>at;
  heldOf(cpu, cpu.heldLocks).lockClass = lockClass;
  cpu.heldLocks++;
  trace(EVENT_LOCK, <u32>at, lockClass);
}

/** Panics if a lock is held that may only be taken after one of `lockClass`, or `at` itself is held. */
function checkOrder(at: usize, lockClass: u32, nested: bool): void {
  const cpu = thisCpu();
  for (let i: u32 = 0; i < cpu.heldLocks; i++) {
    const held = heldOf(cpu, i);
    const inside = held.lockClass > lockClass || (held.lockClass == lockClass && !nested);
    if (inside || held.at == <u32>at) panic(PANIC_LOCK_ORDER, <u32>at, lockClass, held.at, held.lockClass);
  }
}

/** Before a lock of `lockClass` is taken: it must stand further in than every lock that is held. */
export function lockAcquire(at: usize, lockClass: u32): void {
  checkOrder(at, lockClass, false);
  push(at, lockClass);
}

/** As lockAcquire for a second lock of the same class, whose order the caller knows. */
export function lockAcquireNested(at: usize, lockClass: u32): void {
  checkOrder(at, lockClass, true);
  push(at, lockClass);
}

/** After a try that succeeded: no order is asked for. */
export function lockAcquiredTry(at: usize, lockClass: u32): void {
  push(at, lockClass);
}

/** Before a lock is released: it must be held. */
export function lockRelease(at: usize): void {
  const cpu = thisCpu();
  let i = cpu.heldLocks;
  while (i > 0) {
    i--;
    if (heldOf(cpu, i).at != <u32>at) continue;
    // Usually the last; the ones above move down.
    for (; i + 1 < cpu.heldLocks; i++)
      memory.copy(changetype<usize>(heldOf(cpu, i)), changetype<usize>(heldOf(cpu, i + 1)), offsetof<Held>());
    cpu.heldLocks--;
    trace(EVENT_UNLOCK, <u32>at);
    return;
  }
  panic(PANIC_LOCK_BALANCE, <u32>at, cpu.heldLocks);
}

/** At the end of an operation: nothing may be held. */
export function lockNoneHeld(): void {
  const cpu = thisCpu();
  if (cpu.heldLocks != 0) panic(PANIC_LOCK_LEAK, heldOf(cpu, 0).at, heldOf(cpu, 0).lockClass, cpu.heldLocks);
}

/** Whether this CPU holds the lock. */
export function lockIsHeld(at: usize): bool {
  const cpu = thisCpu();
  for (let i: u32 = 0; i < cpu.heldLocks; i++) {
    if (heldOf(cpu, i).at == <u32>at) return true;
  }
  return false;
}

/** The caller relies on this lock being held. */
export function lockAssertHeld(at: usize): void {
  if (!lockIsHeld(at)) panic(PANIC_LOCK_BALANCE, <u32>at, thisCpu().heldLocks);
}
