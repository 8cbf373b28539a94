/**
 * Counts of users under reduction. An access that asks only whether a count is 1 need not be tried in every order with those that
 * take and drop references. The tests compare with the search without reduction, on chosen and on random toys.
 * RMAP_SEED=N repeats a failure, and fast-check shrinks it.
 */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Access, BoundedStrategy, Counts, DporStrategy } from "../../../dist/explore/index.js";
import { count } from "../../support/sample.js";
import { SEED } from "../modules.js";
import { ask, drop, exploreToy, get, load, put, store, type Thread, take } from "./toy.js";

const [WORD, OTHER, COUNT, FREED] = [0, 1, 2, 3];
const RUNS = count(150, 1500);
/** Steps of all CPUs together. */
const STEPS = 10;

/** The toy with a count that is `users` at first, by both searches. */
function both(users: number, threads: readonly (() => Thread)[], counts?: Counts) {
  const options = { memory: [0, 0, users, 0] };
  const all = exploreToy(threads, new BoundedStrategy(1000), options);
  const reduced = exploreToy(threads, new DporStrategy(threads.length, counts), options);
  return { all: [...all.ends].sort(), reduced: [...reduced.ends].sort(), executions: reduced.executions };
}

/** Takes a reference and drops it. */
function* passing(): Thread {
  yield take(COUNT);
  yield drop(COUNT);
}

/** Drops its reference, and frees the object if it was the last. */
function* dropping(): Thread {
  if ((yield drop(COUNT)) === 1) yield store(FREED, 1);
}

function asking(value: number): () => Thread {
  return function* () {
    yield ask(COUNT, value);
  };
}

describe("the answer is the same in every order, and one execution is enough, when", () => {
  test.each([
    [
      "a passer-by has a reference, and another CPU asks whether its own is the only one",
      3,
      [passing, asking(1)],
    ],
    ["two pass by", 2, [passing, passing]],
    ["two of three are dropped", 3, [dropping, dropping]],
    ["somebody asks for a number that the count never is", 2, [passing, passing, asking(7)]],
  ] as const)("%s", (_, users, threads) => {
    const { all, reduced, executions } = both(users, threads);
    expect(executions).toBe(1);
    expect(reduced).toEqual(all);
  });
});

describe("the orders are tried when", () => {
  test.each([
    ["either of two may drop the last reference", 2, [dropping, dropping]],
    [
      "the only other reference is dropped while somebody asks whether there is one",
      2,
      [dropping, asking(1)],
    ],
    ["a reference more makes the number for which somebody asks", 2, [passing, asking(3)]],
    ["only two drops together come to it", 3, [dropping, dropping, asking(1)]],
    [
      "the last one is dropped while somebody takes one only if there is any",
      1,
      [
        dropping,
        function* (): Thread {
          if ((yield get(COUNT)) === 1) yield drop(COUNT);
        },
      ],
    ],
  ] as const)("%s", (_, users, threads) => {
    const { all, reduced, executions } = both(users, threads);
    expect(all.length).toBeGreaterThan(1);
    expect(executions).toBeGreaterThan(1);
    expect(reduced).toEqual(all);
  });
});

/** A statement of a thread. `body` runs while it holds a reference more, or if an answer was 1. */
interface Statement {
  readonly kind: (typeof KINDS)[number];
  readonly value: number;
  readonly body: readonly Statement[];
}

const KINDS = ["ask", "hold", "try", "if", "load", "store", "look"] as const;

const statement: (depth?: number) => fc.Arbitrary<Statement> = fc.memo((depth) =>
  fc.record({
    kind: fc.constantFrom(...KINDS),
    value: fc.integer({ min: 1, max: 4 }),
    body: depth > 1 ? fc.array(statement(), { maxLength: 2 }) : fc.constant([]),
  }),
);

/** `holds`: the thread has a reference. */
function* run(statements: readonly Statement[], holds: boolean, seen = 1): Thread {
  let last = seen;
  for (const { kind, value, body } of statements) {
    switch (kind) {
      case "ask":
        last = yield ask(COUNT, value);
        break;
      case "hold":
        if (holds) yield take(COUNT);
        else if ((yield get(COUNT)) === 0) break;
        yield* run(body, true, last);
        last = yield drop(COUNT);
        break;
      case "try":
        last = yield get(COUNT);
        if (last === 0) break;
        yield* run(body, true, last);
        // By its contract a put is never the last.
        if (holds) yield put(COUNT);
        else last = yield drop(COUNT);
        break;
      case "if":
        if (last === 1) yield* run(body, holds, last);
        break;
      case "load":
        last = yield load(WORD);
        break;
      case "store":
        yield store(value % 2 === 0 ? WORD : OTHER, value);
        break;
      case "look":
        last = yield load(COUNT);
    }
  }
}

/** The most steps of a thread. */
function length(statements: readonly Statement[]): number {
  let steps = 0;
  for (const { kind, body } of statements)
    steps += kind === "hold" || kind === "try" ? 2 + length(body) : kind === "if" ? length(body) : 1;
  return steps;
}

interface Cpu {
  readonly holds: boolean;
  readonly statements: readonly Statement[];
}

/** A thread with a reference ends with its drop: whoever drops the last one frees the object. */
function threadOf({ holds, statements }: Cpu, cpu: number): () => Thread {
  return function* () {
    yield load(FREED + 1 + cpu);
    yield* run(statements, holds);
    if (holds) yield* dropping();
  };
}

const toys = fc
  .record({
    more: fc.nat(2),
    cpus: fc.array(
      fc.record({ holds: fc.boolean(), statements: fc.array(statement(2), { minLength: 1, maxLength: 3 }) }),
      { minLength: 2, maxLength: 3 },
    ),
  })
  .filter(({ cpus }) => cpus.reduce((sum, { statements }) => sum + 3 + length(statements), 0) <= STEPS + 2);

const OPTIONS = { seed: SEED, numRuns: RUNS };

/** Random toys have the same ends by both searches. `counts` makes what the reduction knows of counts. */
function sameEnds(counts: () => Counts) {
  return fc.property(toys, ({ more, cpus }) => {
    const users = cpus.filter(({ holds }) => holds).length + more;
    const { all, reduced } = both(users, cpus.map(threadOf), counts());
    expect(reduced).toEqual(all);
  });
}

test(`reduction finds the ends of ${RUNS} random toys with a count`, () => {
  fc.assert(
    sameEnds(() => new Counts()),
    OPTIONS,
  );
});

describe("a mistake is caught:", () => {
  test("counts that never tell", () => {
    class Deaf extends Counts {
      override learn(): boolean {
        return false;
      }
    }
    expect(
      fc.check(
        sameEnds(() => new Deaf()),
        OPTIONS,
      ).failed,
    ).toBe(true);
  });

  test("counts that miss most of those who take and drop", () => {
    class Forgetful extends Counts {
      override note(depth: number, access: Access): void {
        if (access.hook.asks === true || depth < 2) super.note(depth, access);
      }
    }
    expect(
      fc.check(
        sameEnds(() => new Forgetful()),
        OPTIONS,
      ).failed,
    ).toBe(true);
  });
});
