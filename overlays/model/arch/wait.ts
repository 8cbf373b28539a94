/**
 * Waiting on modelled hardware: the CPU is not chosen again before it can see another value in the word. Nobody spins,
 * so that an execution has an end, and a deadlock is a state in which everybody waits. Wakes are nothing: a change of
 * the word is one.
 */

import { PLACE, wait32 } from "./hooks";

/** Turns of a spin loop before a CPU goes to sleep: here it sleeps at once. */
export const SPINS: u32 = 0;

/** Waits for the word at `at` to differ from `seen`. */
@inline
export function waitTurn(at: usize, seen: u32, turn: u32): void {
  wait32(PLACE, at, seen);
}

/** The same: there is no time here, hence no bound. */
@inline
export function sleepOn(at: usize, seen: u32, bound: i64): void {
  wait32(PLACE, at, seen);
}

@inline
export function wakeAll(at: usize): void {}

@inline
export function wakeOne(at: usize): void {}
