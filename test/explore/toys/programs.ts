/** Toys with known numbers of executions: litmus tests, and programs of the GenMC regression suite (v0.11, SC). */

import { add, cas, load, lock, readLock, store, type Thread, unlock } from "./toy.js";

export interface Toy {
  readonly threads: readonly (() => Thread)[];
  /** Executions that differ in more than the order of independent steps. */
  readonly executions: number;
}

const [X, Y, L] = [0, 1, 2];

function times(count: number, make: (i: number) => () => Thread): (() => Thread)[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

function storing(...words: readonly (readonly [word: number, value: number])[]): () => Thread {
  return function* () {
    for (const [word, value] of words) yield store(word, value);
  };
}

function loading(...words: readonly number[]): () => Thread {
  return function* () {
    for (const word of words) yield load(word);
  };
}

function storeThenLoad(word: number, other: number): () => Thread {
  return function* () {
    yield store(word, 1);
    yield load(other);
  };
}

/** Each adds one, under a lock. */
function lockinc(count: number): (() => Thread)[] {
  return times(
    count,
    () =>
      function* () {
        yield lock(L);
        const value = yield load(X);
        yield store(X, value + 1);
        yield unlock(L);
      },
  );
}

/** One reader looks for the last zero of an array; each writer makes its word one more than the word before. */
function lastzero(writers: number): (() => Thread)[] {
  return [
    function* () {
      for (let i = writers; (yield load(i)) !== 0; i--);
    },
    ...times(
      writers,
      (i) =>
        function* () {
          const before = yield load(i);
          yield store(i + 1, before + 1);
        },
    ),
  ];
}

/** Each exchanges its number for the next one. */
function casrot(count: number): (() => Thread)[] {
  return times(
    count,
    (i) =>
      function* () {
        yield cas(X, i, i + 1);
      },
  );
}

/** One writer stores to every word, and each of `count` readers reads its own: before that store or behind it. */
function readers(count: number): (() => Thread)[] {
  return [
    storing(...Array.from({ length: count }, (_, i) => [i, 1] as const)),
    ...times(count, (i) => loading(i)),
  ];
}

export const TOYS: Readonly<Record<string, Toy>> = {
  SB: { threads: [storeThenLoad(X, Y), storeThenLoad(Y, X)], executions: 3 },
  MP: { threads: [storing([X, 1], [Y, 1]), loading(Y, X)], executions: 3 },
  IRIW: { threads: [storing([X, 1]), storing([Y, 1]), loading(X, Y), loading(Y, X)], executions: 15 },
  "2+2W": { threads: [storing([X, 1], [Y, 2]), storing([Y, 1], [X, 2])], executions: 3 },
  ...Object.fromEntries(
    [2, 3, 4, 5].map((n) => [
      `ainc ${n}`,
      {
        threads: times(
          n,
          () =>
            function* () {
              yield add(X);
            },
        ),
        executions: factorial(n),
      },
    ]),
  ),
  ...Object.fromEntries(
    [2, 3, 4, 5].map((n) => [`lockinc ${n}`, { threads: lockinc(n), executions: factorial(n) }]),
  ),
  ...Object.fromEntries([2, 8, 13].map((n) => [`readers ${n}`, { threads: readers(n), executions: 2 ** n }])),
  "lastzero 5": { threads: lastzero(5), executions: 64 },
  "lastzero 10": { threads: lastzero(10), executions: 3328 },
  "casrot 2": { threads: casrot(2), executions: 2 },
  "casrot 3": { threads: casrot(3), executions: 5 },
  "casrot 4": { threads: casrot(4), executions: 14 },
  "casrot 5": { threads: casrot(5), executions: 43 },
  "casrot 6": { threads: casrot(6), executions: 144 },
  "casrot 7": { threads: casrot(7), executions: 523 },
  "readers of a lock": {
    threads: times(
      3,
      () =>
        function* () {
          yield readLock(L);
          yield load(X);
          yield unlock(L);
        },
    ),
    executions: 1,
  },
};
