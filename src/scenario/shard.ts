/** Deals the rows of a run out to shards: N runs on any machines do the whole once. */

import { createHash } from "node:crypto";
import type { Scenario } from "./race.js";
import type { Variant } from "./variant.js";

/** Shard `index`, from 1 on, of `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A row as far as dealing is concerned. */
export interface DealtRow {
  readonly scenario: Scenario;
  readonly variant: Variant;
  /** Of an exploration: the memory model. */
  readonly model?: string;
  /** Worth to be split: every shard gets a part of it. */
  readonly large?: boolean;
}

/** A row of a shard: its number, from 1 on, in the whole, and whether the shard does only a part of it. */
export interface ShardRow {
  readonly row: number;
  readonly isPart: boolean;
}

/**
 * The rows of a shard. Every machine that is given the same rows comes to the same answer. Rows of a variant stay
 * together, so that few machines compile it; mainline's go where the fewest are.
 */
export function deal(rows: readonly DealtRow[], { index, of }: Shard): ShardRow[] {
  const loads = new Array<number>(of).fill(0);
  const mine: ShardRow[] = [];
  const groups = new Map<string, number[]>();
  for (const [at, { variant, large }] of rows.entries()) {
    if (large) {
      mine.push({ row: at + 1, isPart: true });
      continue;
    }
    const key = variant.layers.length === 0 ? `row ${at}` : variant.layers.join("\0");
    groups.set(key, [...(groups.get(key) ?? []), at + 1]);
  }
  // The largest first; sort keeps the order of equal ones.
  for (const group of [...groups.values()].sort((a, b) => b.length - a.length)) {
    const least = loads.indexOf(Math.min(...loads));
    loads[least] = (loads[least] as number) + group.length;
    if (least === index - 1) mine.push(...group.map((row) => ({ row, isPart: false })));
  }
  return mine.sort((a, b) => a.row - b.row);
}

/**
 * A short name of a run: its rows, its settings, and the engines that it runs. Two runs with one plan do the same work.
 * `engines` are the keys of the rows' engines.
 */
export function planOf(rows: readonly DealtRow[], engines: readonly string[], settings: unknown): string {
  const hash = createHash("sha256");
  const add = (value: unknown) =>
    hash.update(JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item)));
  add(settings);
  for (const [at, { scenario, variant, large, model }] of rows.entries()) {
    const { name, stress, explore } = scenario;
    add([name, stress, explore, variant.name, variant.verdicts[name], large === true, engines[at], model]);
  }
  return hash.digest("hex").slice(0, 16);
}
