/** Makes the turns of a finding fewer: what is left to read is what the finding needs. */

import { UsageError } from "../errors.js";
import type { Finding } from "./finding.js";
import { replay } from "./replay.js";
import type { Runner } from "./run.js";
import { isDeviation, type Turn } from "./turns.js";

/** The most executions that shrinking may take. */
const MOST_REPLAYS = 200;

/** Turns, and the finding to which they lead. */
export interface Shrunk {
  readonly turns: readonly Turn[];
  readonly finding: Finding;
  /** Executions that it took. */
  readonly replays: number;
}

/**
 * The fewest turns that this finds to break the same invariant: it drops deviations of the memory model, then turns, one
 * or two at a time, and lets a CPU run on where it was stopped, until nothing more can go. The same turns always give the same result. Undefined when
 * `turns` themselves do not show the finding.
 */
export function shrink(runner: Runner, turns: readonly Turn[], wanted: Finding): Shrunk | undefined {
  let replays = 0;
  const attempt = (candidate: readonly Turn[]): Shrunk | undefined => {
    replays++;
    const shown = tryTurns(runner, candidate);
    if (shown?.finding.invariant !== wanted.invariant || shown.finding.code !== wanted.code) return undefined;
    return { ...shown, replays };
  };
  let best = attempt(joined(turns));
  let better = best;
  while (better !== undefined && replays < MOST_REPLAYS) {
    best = better;
    better = undefined;
    for (const candidate of candidates(best.turns)) {
      if (replays >= MOST_REPLAYS) break;
      better = attempt(candidate);
      if (better !== undefined) break;
    }
  }
  return best && { ...best, replays };
}

/** Runs turns; undefined when they do not fit the program, or show nothing. Only the turns that were reached count. */
function tryTurns(runner: Runner, turns: readonly Turn[]): Omit<Shrunk, "replays"> | undefined {
  try {
    const { finding, used } = replay(runner, turns);
    return finding && { finding, turns: used };
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** Turns with something less, each a smaller schedule than the given one. The largest steps come first. */
function* candidates(all: readonly Turn[]): Generator<readonly Turn[]> {
  const turns = all.filter((turn) => !isDeviation(turn));
  const deviations = all.filter(isDeviation);
  for (const count of deviations.length > 2 ? [2, 1] : [1]) {
    for (let from = 0; from + count <= deviations.length; from++)
      yield [...turns, ...deviations.slice(0, from), ...deviations.slice(from + count)];
  }
  for (const fewer of fewerTurns(turns)) yield [...fewer, ...deviations];
}

function* fewerTurns(turns: readonly Turn[]): Generator<readonly Turn[]> {
  for (const count of [2, 1]) {
    for (let from = 0; from + count <= turns.length; from++) {
      const left = joined([...turns.slice(0, from), ...turns.slice(from + count)]);
      if (left.length > 0) yield left;
    }
  }
  // Without its end a turn goes on as long as the CPU can: one preemption less.
  for (const [i, { cpu, place }] of turns.entries()) {
    if (place !== undefined) yield [...turns.slice(0, i), { cpu }, ...turns.slice(i + 1)];
  }
}

/** Two turns of one CPU that follow each other are one: it ends where the second ends. */
function joined(turns: readonly Turn[]): readonly Turn[] {
  return turns.filter((turn, i) => {
    const next = turns[i + 1];
    return isDeviation(turn) || next === undefined || isDeviation(next) || next.cpu !== turn.cpu;
  });
}
