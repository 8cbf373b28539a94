/**
 * Sleeps of a bounded time: a CPU that looks again after a moment, whether somebody has woken it or not. A race has no
 * clock. Its time passes only while no CPU can go on otherwise, and then one sleeper after the other wakes.
 *
 * kswapd and the flusher never end by themselves. When only they are left, the host asks them to, as it does when an engine
 * is disposed of.
 */

import type { Fiber } from "./fiber.js";
import type { Machine } from "./machine.js";
import { napWords, stopWords } from "./nap-words.js";
import type { Print } from "./print.js";

/** Rounds in which only daemons wake, and nobody else can go on: more than kswapd makes before it gives up for longer. */
const MOST_IDLE = 24;

/** What it knows in the middle of an execution. */
export interface NapState {
  /** The CPUs that time has woken in this round, as bits. */
  woken: number;
  /** Rounds in which only daemons woke. */
  idle: number;
  /** 1: the host has asked the daemons to end. */
  ended: number;
}

/** The time of one machine. */
export class Naps {
  readonly #machine: Machine;
  readonly #words: ReadonlySet<number>;
  readonly #stops: readonly number[];
  /** CPUs that are daemons, as bits. */
  readonly #daemons: number;
  readonly #now: NapState = { woken: 0, idle: 0, ended: 0 };

  /** `daemons`: the CPUs that run until the host ends them, as bits. */
  constructor(machine: Machine, daemons: number) {
    this.#machine = machine;
    this.#words = napWords(machine.control);
    this.#stops = stopWords(machine.control);
    this.#daemons = daemons;
  }

  /** A new execution begins. */
  begin(): void {
    this.#now.woken = this.#now.idle = this.#now.ended = 0;
  }

  /** Notes what it knows; and back. */
  state(into: NapState): void {
    const { woken, idle, ended } = this.#now;
    into.woken = woken;
    into.idle = idle;
    into.ended = ended;
  }

  /** Appends what it knows to a hash of the state. */
  print(into: Print): void {
    const { woken, idle, ended } = this.#now;
    into.put(woken).put(idle).put(ended);
  }

  goBack({ woken, idle, ended }: Readonly<NapState>): void {
    this.#now.woken = woken;
    this.#now.idle = idle;
    this.#now.ended = ended;
  }

  /**
   * No CPU can go on: time passes. Returns the CPUs that may go on now, as bits; 0: nobody will ever. Call `chose` with
   * the one that does.
   */
  pass(): number {
    const machine = this.#machine;
    const now = this.#now;
    const left = machine.fibers.filter(({ state }) => state !== "done");
    const all = bitsOf(left);
    if (all === 0) return 0;
    if ((all & ~this.#daemons) === 0 && now.ended === 0) {
      now.ended = 1;
      for (const at of this.#stops) machine.storeFromHost(at, 1);
      const runnable = machine.runnable();
      if (runnable !== 0) return runnable;
    }
    const napping = bitsOf(left.filter((fiber) => this.#naps(fiber)));
    let may = napping & ~now.woken;
    if (may === 0) {
      now.woken = 0;
      may = napping;
      now.idle = (napping & ~this.#daemons) === 0 ? now.idle + 1 : 0;
      if (now.idle > MOST_IDLE) return 0;
    }
    return may;
  }

  /** Of those that may go on because time has passed, this one does. */
  chose(cpu: number): void {
    this.#now.woken |= 1 << cpu;
  }

  /** Whether a CPU is asleep: it stands before a wait, or comes to one right now. */
  #naps({ state, access }: Fiber): boolean {
    return state !== "new" && access.hook.kind === "wait" && this.#words.has(access.at);
  }
}

function bitsOf(fibers: readonly Fiber[]): number {
  return fibers.reduce((bits, { cpu }) => bits | (1 << cpu), 0);
}
