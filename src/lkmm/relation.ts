/** Relations on the events of an execution, as matrices of bits. */

/** A set of events: bit i of the words is event i. */
export type EventSet = Uint32Array;

/** A relation on `size` events. Operations give new relations; only `add` changes one. */
export class Relation {
  readonly #words: number;
  readonly #bits: Uint32Array;

  constructor(
    readonly size: number,
    bits?: Uint32Array,
  ) {
    this.#words = wordsOf(size);
    this.#bits = bits ?? new Uint32Array(size * this.#words);
  }

  /** Every event with itself. */
  static identity(size: number): Relation {
    const result = new Relation(size);
    for (let event = 0; event < size; event++) result.add(event, event);
    return result;
  }

  has(a: number, b: number): boolean {
    return ((word(this.#bits, a * this.#words + (b >>> 5)) >>> (b & 31)) & 1) === 1;
  }

  add(a: number, b: number): void {
    const place = a * this.#words + (b >>> 5);
    this.#bits[place] = word(this.#bits, place) | (1 << (b & 31));
  }

  /** Pairs of this relation or of one of the others. */
  or(...others: readonly Relation[]): Relation {
    const bits = this.#bits.slice();
    for (const other of others) {
      const theirs = other.#bits;
      for (let i = 0; i < bits.length; i++) bits[i] = word(bits, i) | word(theirs, i);
    }
    return new Relation(this.size, bits);
  }

  and(other: Relation): Relation {
    return new Relation(
      this.size,
      this.#bits.map((bits, i) => bits & word(other.#bits, i)),
    );
  }

  minus(other: Relation): Relation {
    return new Relation(
      this.size,
      this.#bits.map((bits, i) => bits & ~word(other.#bits, i)),
    );
  }

  /** Pairs (a, c) with (a, b) here and (b, c) in the other. */
  seq(other: Relation): Relation {
    const result = new Relation(this.size);
    const [from, into, words] = [other.#bits, result.#bits, this.#words];
    for (let a = 0; a < this.size; a++)
      this.#each(a, (b) => {
        for (let w = 0; w < words; w++)
          into[a * words + w] = word(into, a * words + w) | word(from, b * words + w);
      });
    return result;
  }

  inverse(): Relation {
    const result = new Relation(this.size);
    this.forEach((a, b) => {
      result.add(b, a);
    });
    return result;
  }

  /** One step or more. */
  plus(): Relation {
    const bits = this.#bits.slice();
    const words = this.#words;
    for (let k = 0; k < this.size; k++)
      for (let a = 0; a < this.size; a++) {
        if (((word(bits, a * words + (k >>> 5)) >>> (k & 31)) & 1) === 0) continue;
        for (let w = 0; w < words; w++)
          bits[a * words + w] = word(bits, a * words + w) | word(bits, k * words + w);
      }
    return new Relation(this.size, bits);
  }

  /** No step or one. */
  maybe(): Relation {
    const result = this.or();
    for (let event = 0; event < this.size; event++) result.add(event, event);
    return result;
  }

  /** Any number of steps. */
  star(): Relation {
    return this.plus().maybe();
  }

  /** Pairs that begin in one set and end in another; undefined stands for all events. */
  between(from: EventSet | undefined, to: EventSet | undefined): Relation {
    const bits = this.#bits.slice();
    for (let a = 0; a < this.size; a++) {
      const isIn = from === undefined || contains(from, a);
      for (let w = 0; w < this.#words; w++) {
        const place = a * this.#words + w;
        if (!isIn) bits[place] = 0;
        else if (to !== undefined) bits[place] = word(bits, place) & word(to, w);
      }
    }
    return new Relation(this.size, bits);
  }

  isEmpty(): boolean {
    return this.#bits.every((bits) => bits === 0);
  }

  equals(other: Relation): boolean {
    return this.#bits.every((bits, i) => bits === other.#bits[i]);
  }

  /** An event that is in relation with itself; undefined if there is none. */
  reflexive(): number | undefined {
    for (let event = 0; event < this.size; event++) if (this.has(event, event)) return event;
    return undefined;
  }

  isAcyclic(): boolean {
    return this.plus().reflexive() === undefined;
  }

  forEach(act: (a: number, b: number) => void): void {
    for (let a = 0; a < this.size; a++) this.#each(a, (b) => act(a, b));
  }

  /** The events that one is in relation with. */
  from(a: number): number[] {
    const found: number[] = [];
    this.#each(a, (b) => found.push(b));
    return found;
  }

  #each(a: number, act: (b: number) => void): void {
    for (let w = 0; w < this.#words; w++) {
      let left = word(this.#bits, a * this.#words + w);
      while (left !== 0) {
        const bit = 31 - Math.clz32(left & -left);
        left &= left - 1;
        act(w * 32 + bit);
      }
    }
  }
}

/** The set of the events that a test picks. */
export function setOf(size: number, picks: (event: number) => boolean): EventSet {
  const set = new Uint32Array(wordsOf(size));
  for (let event = 0; event < size; event++)
    if (picks(event)) set[event >>> 5] = word(set, event >>> 5) | (1 << (event & 31));
  return set;
}

export function contains(set: EventSet, event: number): boolean {
  return ((word(set, event >>> 5) >>> (event & 31)) & 1) === 1;
}

function wordsOf(size: number): number {
  return (size + 31) >>> 5;
}

function word(bits: Uint32Array, place: number): number {
  return bits[place] as number;
}
