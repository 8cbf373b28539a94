/** The last operations on each CPU that used something. Later operations may have to come after them. */

/** An operation in a CPU's ring. */
export interface Mark {
  readonly cpu: number;
  /** Index after its record in the CPU's ring. */
  readonly position: number;
  /** Its number among all operations, from 1. */
  readonly sequence: number;
}

/** The last operation of each CPU that used something; at most one for each CPU. */
export type Marks = Mark[];

/** Adds a mark in place of an older one of the same CPU. */
export function keepLatest(marks: Marks, mark: Mark): void {
  const index = marks.findIndex(({ cpu }) => cpu === mark.cpu);
  if (index < 0) marks.push(mark);
  else if ((marks[index] as Mark).sequence < mark.sequence) marks[index] = mark;
}

/** Something with shared and exclusive users. This remembers the users since the last exclusive one. */
export class Shared {
  #alone: Marks = [];
  #together: Marks = [];

  /** The operations that a new user must come after. */
  before(alone: boolean): readonly Mark[] {
    return alone && this.#together.length > 0 ? this.#together : this.#alone;
  }

  /** Notes a use by an operation that came after all of `before`. */
  used(alone: boolean, mark: Mark): void {
    if (alone) {
      this.#alone = [mark];
      this.#together = [];
    } else {
      keepLatest(this.#together, mark);
    }
  }
}
