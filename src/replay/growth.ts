/** Arrays that grow. They begin small: what V8 compiles before an array has grown, it compiles again when that grows. */

/** Elements below which an array grows to many times its length, so that it is soon large enough. */
const SMALL = 4096;
const QUICKLY = 16;

/** The length to which an array grows. */
export function largerThan(length: number): number {
  return length < SMALL ? length * QUICKLY : length * 2;
}

/** Copies an array into a larger one, and returns that. */
export function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
