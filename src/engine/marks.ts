/** Where on the CPUs the operations stand that used something, for those who must come after them. */

/** An operation that was handed to a CPU. */
export interface Mark {
  readonly cpu: number;
  /** Index after its record in the CPU's ring. */
  readonly position: number;
  /** Its number among all operations, from 1. */
  readonly sequence: number;
}

/** The last operation of each CPU that used something; at most one a CPU. */
export type Marks = Mark[];

/** Adds a mark in place of an older one of the same CPU. */
export function keepLatest(marks: Marks, mark: Mark): void {
  const index = marks.findIndex(({ cpu }) => cpu === mark.cpu);
  if (index < 0) marks.push(mark);
  else if ((marks[index] as Mark).sequence < mark.sequence) marks[index] = mark;
}

/** Something that many may use at once, or one alone: who did since the last one that was alone. */
export class Shared {
  #alone: Marks = [];
  #together: Marks = [];

  /** Whom one that uses it must come after. */
  before(alone: boolean): readonly Mark[] {
    return alone && this.#together.length > 0 ? this.#together : this.#alone;
  }

  /** Notes a use, by one that came after all of `before`. */
  used(alone: boolean, mark: Mark): void {
    if (alone) {
      this.#alone = [mark];
      this.#together = [];
    } else {
      keepLatest(this.#together, mark);
    }
  }
}
