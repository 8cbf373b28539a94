/** The interface of a strategy: it decides which CPU makes the next step, again and again, until no execution is left. */

import type { Access } from "../access.js";

/** What a strategy sees of the machine at a decision. */
export interface Scene {
  readonly cpus: number;
  /** The access that a CPU makes next: a fence for a CPU that has not begun, undefined for one that is done. */
  pending(cpu: number): Access | undefined;
  /** True when that access only looks if it is made now: an exchange that finds another value, a lock that is taken. */
  looks(cpu: number): boolean;
  /** What the word of 32 bits holds now that a CPU accesses next. */
  held(cpu: number): number;
  /** How many operations a CPU has done in this execution; without it, nobody knows where one ends. */
  operation?(cpu: number): number;
  /** The plain accesses to contended words since the last decision, three numbers each: offset, bytes, 1 for a store. */
  readonly plain: readonly number[];
}

/** Returned by `next`: this execution leads to nothing new. */
export const ABANDON = -1;

/**
 * Decides executions. The program determines everything else, so that equal answers give an equal execution. A step is
 * one access to a contended word, with all that its CPU does until the next one.
 */
export interface Strategy {
  readonly name: string;
  /** True when it means to try everything within its bounds, and so must know all contended words from the start. */
  readonly exhaustive: boolean;
  /** A new execution begins. False: none is left. */
  begin(): boolean;
  /**
   * Returns the CPU that makes the next step, or ABANDON. `runnable` has a bit for each CPU that can, and is not 0.
   * `current` made the last step; -1 at first.
   */
  next(scene: Scene, runnable: number, current: number): number;
  /** All CPUs are done. */
  end?(scene: Scene): void;
  /** Returns a number from 0 to `count` - 1, for a choice that the memory model leaves open. */
  choose(count: number): number;
  /**
   * True when the execution that just ended belongs to another part of the search. It was run only to find the way to
   * this part: what it shows, the other part reports.
   */
  readonly isForeign?: boolean;
  /** Share of the search that is done, from 0 to 1: an estimate; undefined when the search has no end of its own. */
  readonly share: number | undefined;
}

/**
 * A strategy whose executions begin alike: it can go on in the middle, where the machine was marked. An answer is what
 * `next` or `choose` returned, if the strategy remembers it.
 */
export interface Retracing extends Strategy {
  /** After `begin`: how many answers of this execution, from the first on, are those of the execution before. */
  readonly shared: number;
  /** Answers so far in this execution. */
  readonly answers: number;
  /** After `next`: a later execution comes back to this decision, or probably to a choice behind it. */
  readonly comesBack: boolean;
  /** The state before the last decision was marked. */
  marked(): void;
  /** Preemptions and deviations of this execution so far, of those that are bounded. */
  readonly preemptions: number;
  readonly stale: number;
  /** This execution goes on behind so many answers: a decision is next, to which it came back. */
  goOn(answers: number): void;
}

/** Whether a strategy can go on in the middle. */
export function retraces(strategy: Strategy): strategy is Retracing {
  return "goOn" in strategy;
}

/** The lowest CPU of a mask. */
export function lowest(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}

/** Number of CPUs in a mask. */
export function count(mask: number): number {
  let left = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) left++;
  return left;
}
