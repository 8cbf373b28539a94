/** Long work in small pieces. */

/** A piece of long work: it yields now and then, so that the caller may end it, or let others run. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does the work at once. */
export function finish<T>(work: Steps<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}
