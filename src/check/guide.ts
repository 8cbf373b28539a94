/**
 * Leads made-up programs towards the counted declarations: it learns which kinds of operations run them, and keeps
 * programs that ran them in a new way, for others to begin like these.
 */

import type { Operation } from "../ops/operation.js";
import type { Dice } from "./dice.js";
import { ALL_KINDS, type Kind } from "./kinds.js";

/** Programs that are kept. */
const MOST_KEPT = 400;
/** How much more often a kind is drawn that runs counted code. */
const LIKING = 4;

const IS_KIND: ReadonlySet<string> = new Set(ALL_KINDS);

/** A program that is kept. */
export interface Kept {
  readonly operations: readonly Operation[];
  /** The rarest site that it ran. */
  readonly site: number;
  /** Which of its operations ran counted code, by their places, and the rarest site that each ran. */
  readonly hits: readonly { readonly at: number; readonly site: number }[];
}

function byNumber(one: number, other: number): number {
  return one - other;
}

/** A site that ran so often: as a character, because each program has a list of them. From the fourth time on it is the same. */
function shapeOf(site: number, runs: number): string {
  return String.fromCodePoint(4 * site + 32 - Math.clz32(Math.min(runs, 4)));
}

export class Guide {
  /** By site: how many programs ran it. */
  readonly runs: Uint32Array;
  readonly #kept: Kept[] = [];
  /** By what a program ran, and how often: the place and the length of the shortest one. Its place may be another's now. */
  readonly #seen = new Map<string, { readonly place: number; readonly length: number }>();
  readonly #liking = new Map<Kind, number>();
  /** Sites of the program that runs, with how often. */
  readonly #now = new Map<number, number>();
  /** By operation: the rarest site that it ran. */
  readonly #hits = new Map<number, number>();

  constructor(sites: number) {
    this.runs = new Uint32Array(sites);
  }

  /** By kind: how much more often than usual it is drawn. */
  get liking(): ReadonlyMap<Kind, number> {
    return this.#liking;
  }

  /** A site ran so often, in the operation `at` of the program, which is of this kind. */
  note(site: number, runs: number, kind?: Kind, at?: number): void {
    this.#now.set(site, (this.#now.get(site) ?? 0) + runs);
    if (at !== undefined) {
      const known = this.#hits.get(at);
      if (known === undefined || (this.runs[site] as number) < (this.runs[known] as number))
        this.#hits.set(at, site);
    }
    if (kind !== undefined && !this.#liking.has(kind)) this.#liking.set(kind, LIKING);
  }

  /** The program has ended. `keeps`: others may begin like it. */
  end(operations: readonly Operation[], keeps = true): void {
    const now = this.#now;
    const hits = [...this.#hits].filter(([at]) => at < operations.length).map(([at, site]) => ({ at, site }));
    this.#hits.clear();
    if (now.size === 0) return;
    let rarest = -1;
    let shape = "";
    if (now.size === 1) for (const [site, runs] of now) shape = shapeOf(site, runs);
    else for (const site of [...now.keys()].sort(byNumber)) shape += shapeOf(site, now.get(site) as number);
    for (const site of now.keys()) {
      const runs = (this.runs[site] as number) + 1;
      this.runs[site] = runs;
      const fewest = rarest < 0 ? Number.POSITIVE_INFINITY : (this.runs[rarest] as number);
      if (runs < fewest || (runs === fewest && site < rarest)) rarest = site;
    }
    now.clear();
    if (!keeps) return;
    const known = this.#seen.get(shape);
    const { length } = operations;
    // The shorter of two that ran the same: what begins like it is shorter, too.
    if (known !== undefined && length >= known.length) return;
    const next = this.#kept.length < MOST_KEPT ? this.#kept.length : this.#seen.size % MOST_KEPT;
    const place = known?.place ?? next;
    this.#seen.set(shape, { place, length });
    this.#kept[place] = { operations, site: rarest, hits };
  }

  /** A program to begin like, mostly one that ran what few ran; undefined: there is none yet. */
  model(dice: Dice): Kept | undefined {
    if (this.#kept.length === 0) return undefined;
    const one = dice.pick(this.#kept);
    const other = dice.pick(this.#kept);
    return (this.runs[one.site] as number) <= (this.runs[other.site] as number) ? one : other;
  }
}

/** The operation of a program that ran what few ran, of two that are drawn; undefined: none ran counted code. */
export function rareHit({ hits }: Kept, runs: Uint32Array, dice: Dice): number | undefined {
  if (hits.length === 0) return undefined;
  const [one, other] = [dice.pick(hits), dice.pick(hits)];
  // What is common may race as well.
  if (dice.once(2)) return one.at;
  return ((runs[one.site] as number) <= (runs[other.site] as number) ? one : other).at;
}

/** The kind that an operation belongs to; undefined for one that no kind makes. */
export function kindOf(operation: Operation): Kind | undefined {
  const { kind } = operation;
  if (kind === "mmap") {
    if (operation.stack) return "mapStack";
    return operation.backing !== "anon" ? "mapFile" : operation.shared ? "mapShared" : "mmap";
  }
  if (kind === "madvise") {
    const { advice } = operation;
    if (advice === "mergeable" || advice === "unmergeable") return "merge";
    return IS_KIND.has(advice) ? (advice as Kind) : "forkAdvice";
  }
  if (kind === "heap") return "brk";
  if (kind === "unregister") return "register";
  return IS_KIND.has(kind) ? (kind as Kind) : undefined;
}
