/**
 * An execution as text that outlives the build: the turns of the CPUs, each to the access at which the next one comes
 * first. `0@rmap/prepare/anonVmaPrepareSlow#2:1 1 0` says: CPU 0 runs until it comes to the second access in that
 * function for the first time, then CPU 1 as long as it can, then CPU 0. A change of the engine elsewhere does not
 * matter.
 *
 * Behind the turns stand the deviations of a weak memory model: `1~rmap/walk/walkList#1:2=1` says that when CPU 1 is
 * asked for the second time at that place, the answer is 1. All other answers are 0.
 */

import { UsageError } from "../errors.js";
import { shown } from "../text/words.js";

/** One turn of a CPU. */
export interface Turn {
  readonly cpu: number;
  /** The place before which the turn ends; undefined: it ends when the CPU is done or waits. */
  readonly place?: string;
  /** The turn ends when this CPU comes to the place for this time, counted from 1. */
  readonly occurrence?: number;
  /**
   * There for a deviation, which is no turn: the answer of the memory model when this CPU is asked for this time at the
   * place.
   */
  readonly choice?: number;
}

/** Whether it is a deviation of the memory model. */
export function isDeviation({ choice }: Turn): boolean {
  return choice !== undefined;
}

/** The turns as text. */
export function printTurns(turns: readonly Turn[]): string {
  return turns
    .map(({ cpu, place, occurrence, choice }) => {
      if (choice !== undefined) return `${cpu}~${place}:${occurrence}=${choice}`;
      return place === undefined ? `${cpu}` : `${cpu}@${place}:${occurrence}`;
    })
    .join(" ");
}

const TURN = /^(\d)(?:@(\S+):(\d+))?$/;
const DEVIATION = /^(\d)~(\S+):(\d+)=(\d+)$/;

/** Reads the text form. Throws a UsageError that names the part that is wrong. */
export function parseTurns(text: string): Turn[] {
  const parts = text.split(/\s+/).filter(Boolean);
  if (parts.length === 0) throw new UsageError("the replay string is empty", HINT);
  return parts.map((part, i) => {
    const [, asked, at, time, choice] = DEVIATION.exec(part) ?? [];
    if (at !== undefined)
      return { cpu: Number(asked), place: at, occurrence: Number(time), choice: Number(choice) };
    const match = TURN.exec(part);
    if (match === null)
      throw new UsageError(`part ${i + 1} of the replay string is not a turn: "${shown(part)}"`, HINT);
    const [, cpu, place, occurrence] = match;
    return place === undefined
      ? { cpu: Number(cpu) }
      : { cpu: Number(cpu), place, occurrence: Number(occurrence) };
  });
}

const HINT = "a turn is a CPU, and where it ends: 0@rmap/prepare/anonVmaPrepareSlow#2:1";
