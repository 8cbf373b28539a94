/**
 * Reduction against the search without it, on random toys: both come to the same ends, or both to a deadlock.
 * RMAP_SEED=N repeats a failure, and fast-check shrinks it.
 */

import fc from "fast-check";
import { expect, test } from "vitest";
import { BoundedStrategy, DporStrategy } from "../../../dist/explore/index.js";
import { SEED } from "../modules.js";
import * as toy from "./toy.js";

/** A statement of a thread. `then` runs when the value that was seen last is not 0. */
interface Statement {
  readonly kind: (typeof KINDS)[number];
  readonly word: number;
  readonly value: number;
  readonly body: readonly Statement[];
}

const KINDS = [
  ...(["load", "store", "add", "cas", "plainLoad", "plainStore", "get", "drop", "if"] as const),
  ...(["lock", "readLock", "tryLock", "lookAtWord", "takenByStore", "releasedByStore"] as const),
  ...(["bitLock", "mark", "ask", "hold"] as const),
];
const [WORDS, LOCKS, COUNT, BITS] = [2, 2, 4, 6];
/** Steps of all CPUs together: with more, the search without reduction takes too long. */
const STEPS = 10;
const RUNS = 400;

const statement: (depth?: number) => fc.Arbitrary<Statement> = fc.memo((depth) =>
  fc.record({
    kind: fc.constantFrom(...KINDS),
    word: fc.nat(1),
    value: fc.integer({ min: 1, max: 3 }),
    body: depth > 1 ? fc.array(statement(), { maxLength: 3 }) : fc.constant([]),
  }),
);
const thread = fc.array(statement(3), { minLength: 1, maxLength: 4 });

function* run(statements: readonly Statement[], seen = 1): toy.Thread {
  let last = seen;
  for (const { kind, word, value, body } of statements) {
    const at = WORDS + (word % LOCKS);
    switch (kind) {
      case "load":
        last = yield toy.load(word);
        break;
      case "store":
        yield toy.store(word, value);
        break;
      case "add":
        last = yield toy.add(word);
        break;
      case "cas":
        last = yield toy.cas(word, value - 1, value);
        break;
      case "plainLoad":
        last = yield toy.plainLoad(word);
        break;
      case "plainStore":
        yield toy.plainStore(word, value);
        break;
      case "get":
        last = yield toy.get(COUNT);
        if (last === 0) break;
        yield* run(body, last);
        // By its contract it is not the last.
        yield toy.put(COUNT);
        break;
      case "drop":
        last = yield toy.cas(COUNT, 1, 0);
        break;
      case "ask":
        last = yield toy.ask(COUNT, value);
        break;
      case "hold":
        // Takes a reference, and would be told if it dropped the last one.
        last = yield toy.get(COUNT);
        if (last === 0) break;
        yield* run(body, last);
        last = yield toy.drop(COUNT);
        break;
      case "if":
        if (last !== 0) yield* run(body, last);
        break;
      case "lock":
        yield toy.writeLock(at);
        yield* run(body, last);
        yield toy.writeUnlock(at);
        break;
      case "readLock":
        yield toy.readLock(at);
        yield* run(body, last);
        yield toy.readUnlock(at);
        break;
      case "tryLock":
        last = yield toy.tryWriteLock(at);
        if (last === 0) break;
        yield* run(body, last);
        yield toy.writeUnlock(at);
        break;
      case "takenByStore":
        yield toy.store(at, toy.WRITER);
        yield* run(body, last);
        yield toy.writeUnlock(at);
        break;
      case "releasedByStore":
        yield toy.writeLock(at);
        yield* run(body, last);
        yield toy.store(at, 0);
        break;
      case "bitLock":
        yield toy.bitLock(BITS);
        yield* run(body, last);
        yield toy.writeUnlock(BITS);
        break;
      case "mark":
        last = yield toy.mark(BITS);
        break;
      case "lookAtWord":
        last = yield toy.load(at);
    }
  }
}

/** The most steps of a thread. */
function length(statements: readonly Statement[]): number {
  let steps = 0;
  for (const { kind, body } of statements) {
    if (kind === "plainLoad" || kind === "plainStore") continue;
    const isPair = kind === "get" || kind === "hold" || kind.endsWith("ock") || kind.endsWith("ByStore");
    steps += kind === "if" ? length(body) : isPair ? length(body) + 2 : 1;
  }
  return steps;
}

/** A thread whose first access is a step, as a CPU's is. The first one makes the count 1. */
function threadOf(statements: readonly Statement[], cpu: number): () => toy.Thread {
  return function* () {
    yield cpu === 0 ? toy.store(COUNT, 1) : toy.load(COUNT + 1);
    yield* run(statements);
  };
}

test(`reduction finds the ends of ${RUNS} random toys, or that one can deadlock`, () => {
  const toys = fc
    .array(thread, { minLength: 2, maxLength: 3 })
    .filter((cpus) => cpus.reduce((sum, cpu) => sum + 1 + length(cpu), 0) <= STEPS);
  fc.assert(
    fc.property(toys, (cpus) => {
      const threads = cpus.map(threadOf);
      const all = toy.exploreToy(threads, new BoundedStrategy(1000));
      const reduced = toy.exploreToy(threads, new DporStrategy(threads.length));
      expect(reduced.deadlocks > 0).toBe(all.deadlocks > 0);
      // A deadlock is a finding, and ends the search.
      if (all.deadlocks === 0) expect([...reduced.ends].sort()).toEqual([...all.ends].sort());
    }),
    { seed: SEED, numRuns: RUNS },
  );
});
