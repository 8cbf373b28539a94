/** What the net finds: two accesses of one word that nothing orders, told in the manner of KCSAN. */

import type { SourcePlace } from "../wasm/plain.js";

/** The host, as a CPU of a race. */
export const HOST = -1;

/** One side of a race. */
export interface RaceAccess {
  /** HOST, or a CPU. */
  readonly cpu: number;
  readonly write: boolean;
  /** A read-modify-write. */
  readonly update: boolean;
  /** False for an access through a hook: `readOnce`, a lock, … */
  readonly plain: boolean;
  /** Its number: among the plain accesses, or among the places of hooks. */
  readonly place: number;
}

/** Two accesses that race, as they were first seen. */
export interface RacePair {
  readonly first: RaceAccess;
  readonly second: RaceAccess;
  /** Byte offset of the word. */
  readonly at: number;
  /** The object around the word, as it was then. */
  readonly object: string;
  /** How often the pair was seen. */
  count: number;
}

/** One side of a race, in words. */
interface RaceSide {
  readonly cpu: number;
  /** `plain write`, `marked read`, `marked update`, … */
  readonly kind: string;
  readonly where: SourcePlace;
}

/** A race as a user reads it. */
export interface Race {
  /** What both touch: `Page.mapcount of frame 12`. */
  readonly what: string;
  readonly first: RaceSide;
  readonly second: RaceSide;
  readonly count: number;
  /** One sentence. */
  readonly message: string;
}

const NO_PAIRS: readonly never[] = [];

/** The distinct pairs: a pair of places is one, whichever CPU came first. */
export class RacePairs {
  readonly #pairs = new Map<number, RacePair>();
  /** Those of the execution that runs. */
  readonly #fresh: { readonly key: number; readonly pair: RacePair }[] = [];
  /** By mark: those that there were. */
  readonly #marked: (readonly { readonly key: number; readonly pair: RacePair }[])[] = [];
  readonly #objectAt: (at: number) => string;

  /** `objectAt` names the object around an address, at the moment when a pair is first seen. */
  constructor(objectAt: (at: number) => string) {
    this.#objectAt = objectAt;
  }

  get size(): number {
    return this.#pairs.size;
  }

  note(first: RaceAccess, second: RaceAccess, at: number): void {
    const [a, b] = [sideKey(first), sideKey(second)].sort((x, y) => x - y) as [number, number];
    const key = a * 2 ** 18 + b;
    const known = this.#pairs.get(key) ?? this.#fresh.find((other) => other.key === key)?.pair;
    const object = known?.object ?? this.#objectAt(at);
    this.#fresh.push({ key, pair: { first, second, at, object, count: 1 } });
  }

  /** Forgets all of them. */
  forget(): void {
    this.#pairs.clear();
    this.#fresh.length = 0;
  }

  /** The execution has ended: keeps its pairs, or forgets them. */
  end(keep: boolean): void {
    for (const { key, pair } of keep ? this.#fresh : []) {
      const known = this.#pairs.get(key);
      if (known === undefined) this.#pairs.set(key, pair);
      else known.count++;
    }
    this.#fresh.length = 0;
  }

  /** Notes the pairs of the execution so far, by number; and back. */
  mark(number: number): void {
    this.#marked[number] = this.#fresh.length === 0 ? NO_PAIRS : [...this.#fresh];
  }

  back(number: number): void {
    this.#fresh.length = 0;
    this.#fresh.push(...(this.#marked[number] ?? NO_PAIRS));
  }

  /** All pairs, the most frequent first. */
  all(): readonly RacePair[] {
    return [...this.#pairs.values()].sort((a, b) => b.count - a.count);
  }
}

function sideKey({ place, plain, write }: RaceAccess): number {
  return place * 4 + (plain ? 2 : 0) + (write ? 1 : 0);
}

/** Where accesses stand, by their numbers. */
export interface RacePlaces {
  readonly plain: readonly SourcePlace[];
  readonly hooks: readonly SourcePlace[];
}

/** Tells a pair in words. */
export function describeRace({ first, second, object, count }: RacePair, places: RacePlaces): Race {
  const sides = [first, second].map(({ cpu, write, update, plain, place }): RaceSide => {
    const where = (plain ? places.plain : places.hooks)[place] ?? { line: `place ${place}`, name: "?" };
    const kind = update ? "update" : write ? "write" : "read";
    return { cpu, kind: `${plain ? "plain" : "marked"} ${kind}`, where };
  }) as [RaceSide, RaceSide];
  const field = sides.find(({ where }) => where.field !== undefined)?.where.field;
  const what = field === undefined ? object : `${field} of ${object}`;
  const [a, b] = sides.map(({ cpu, kind, where }) =>
    cpu === HOST
      ? `${kind} by the host, which may come at any time,`
      : `${kind} by CPU ${cpu} in ${where.name} (${where.line})`,
  );
  const lost = !first.plain && !second.plain;
  const message = lost
    ? `lost update on ${what}: ${a} is not ordered before the ${b}, which may take it away`
    : `data race on ${what}: ${a} and ${b} are not ordered by a lock, a release or a grace period`;
  return { what, first: sides[0], second: sides[1], count, message };
}
