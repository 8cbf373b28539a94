/**
 * States in the middle of an execution. Searches go depth first, so an execution begins as the one before it, up to a
 * decision near its end. It goes on from a state that was marked there, and costs what comes behind it.
 *
 * That is exact: the program and the answers determine an execution, and a mark has all that either reads. Memory, the
 * fibers' stacks and who touched which word are kept by the monitor; what the model and the net know, by these.
 */

import type { Machine } from "./machine.js";
import type { NapState, Naps } from "./naps.js";
import type { RaceNet } from "./net.js";
import type { SpinState, SpinWatch } from "./spin.js";

/** What the runner knows at a mark. */
export interface Mark extends SpinState, NapState {
  /** The CPU that made the last step. */
  current: number;
  /** How many answers the strategy had given; how many of them were CPUs, and how many answered a memory model. */
  answers: number;
  decisions: number;
  choices: number;
}

/** The marks of one execution, the earliest first. */
export class Marks {
  readonly #machine: Machine;
  readonly #spin: SpinWatch;
  readonly #naps: Naps;
  /** Also marks that are gone: their objects are used again. */
  readonly #marks: Mark[] = [];
  #count = 0;

  constructor(machine: Machine, spin: SpinWatch, naps: Naps) {
    this.#machine = machine;
    this.#spin = spin;
    this.#naps = naps;
  }

  /** Answers before the last mark; 0: there is none. */
  get last(): number {
    return this.#count === 0 ? 0 : (this.#marks[this.#count - 1] as Mark).answers;
  }

  /** Forgets all: the next execution begins at the beginning. */
  clear(): void {
    this.#count = 0;
  }

  /** Marks the state before a decision. All fibers stand still. Without room it forgets all marks. */
  set(mark: Readonly<Mark>, net: RaceNet | undefined): void {
    const number = this.#count;
    if (!this.#machine.mark(number)) {
      this.clear();
      return;
    }
    net?.mark(number);
    const kept = this.#marks[number];
    if (kept === undefined) this.#marks.push({ ...mark });
    else Object.assign(kept, mark);
    this.#count++;
  }

  /**
   * Goes back to the last mark at which at most so many answers had been given, and returns it. Undefined: there is none.
   */
  back(answers: number, net: RaceNet | undefined): Readonly<Mark> | undefined {
    let number = this.#count - 1;
    while (number >= 0 && (this.#marks[number] as Mark).answers > answers) number--;
    if (number < 0 || !this.#machine.monitor.holds) {
      this.clear();
      return undefined;
    }
    const mark = this.#marks[number] as Mark;
    this.#count = number + 1;
    this.#machine.back(number);
    this.#spin.goBack(mark);
    this.#naps.goBack(mark);
    net?.back(number);
    return mark;
  }
}
