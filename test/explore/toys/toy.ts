/**
 * A toy: a few words of memory, and CPUs that are lists of accesses. It plays the machine's part for a strategy, so that
 * the number of executions can be held against what is known.
 */

import { Access, type Strategy } from "../../../dist/explore/index.js";

/** Yields each access; receives what it returned. */
export type Thread = Generator<ToyAccess, void, number>;

/** An access as a toy's author writes it. */
export interface ToyAccess {
  readonly kind: Access["hook"]["kind"];
  /** Not a decision: it belongs to the step before it. */
  readonly isPlain?: boolean;
  /** It sees only whether the word held `value` (a load), or whether it held 1 (a `sub`). */
  readonly asks?: boolean;
  /** Number of the word. */
  readonly word: number;
  readonly value?: number;
  /** cas: the expected value. lock: the bits that must be clear. */
  readonly expected?: number;
}

export const load = (word: number): ToyAccess => ({ kind: "load", word });
export const store = (word: number, value: number): ToyAccess => ({ kind: "store", word, value });
export const add = (word: number, value = 1): ToyAccess => ({ kind: "add", word, value });
export const cas = (word: number, expected: number, value: number): ToyAccess => ({
  kind: "cas",
  word,
  expected,
  value,
});
export const plainLoad = (word: number): ToyAccess => ({ ...load(word), isPlain: true });
export const plainStore = (word: number, value: number): ToyAccess => ({
  ...store(word, value),
  isPlain: true,
});
export const WRITER = 0x8000_0000;
export const lock = (word: number): ToyAccess => ({ kind: "lock", word, value: 1, expected: 0xffff_ffff });
export const unlock = (word: number): ToyAccess => ({ kind: "unlock", word, value: 1 });
export const readLock = (word: number): ToyAccess => ({ kind: "lock", word, value: 1, expected: WRITER });

export const readUnlock = unlock;
export const writeLock = (word: number): ToyAccess => ({
  kind: "lock",
  word,
  value: WRITER,
  expected: 0xffff_ffff,
});
/** A lock that is one bit of a word. */
export const bitLock = (word: number): ToyAccess => ({ ...writeLock(word), expected: WRITER });
/** Adds beside a lock's bit. Sees the other bits. */
export const mark = (word: number): ToyAccess => ({ kind: "mark", word, value: 1 });
export const writeUnlock = (word: number): ToyAccess => ({ kind: "unlock", word, value: WRITER });
/** Sees 1 when it has taken the lock. */
export const tryWriteLock = (word: number): ToyAccess => ({ ...writeLock(word), kind: "trylock" });
/** Takes a reference: sees 1 when the count was above 0. */
export const get = (word: number): ToyAccess => ({ kind: "get", word, value: 1000 });
export const put = (word: number): ToyAccess => ({ kind: "put", word, value: 1 });
/** Takes one more reference of a count that is above 0. */
export const take = (word: number): ToyAccess => ({ kind: "put", word, value: 0xffff_ffff });
/** Sees 1 when the count is `value`. */
export const ask = (word: number, value: number): ToyAccess => ({ kind: "load", asks: true, word, value });
/** Drops a reference: sees 1 when it was the last. */
export const drop = (word: number): ToyAccess => ({ kind: "sub", asks: true, word, value: 1 });

/** The result of exploring a toy. */
export interface ToyResult {
  readonly executions: number;
  readonly abandoned: number;
  readonly deadlocks: number;
  /** Distinct ends: the values that the CPUs saw, and memory. */
  readonly ends: ReadonlySet<string>;
}

/**
 * Runs a toy under a strategy until nothing is left. `respectLocks` false is a mistake for a test to find. `memory` is what
 * the words hold at first: 0 without it.
 */
export function exploreToy(
  threads: readonly (() => Thread)[],
  strategy: Strategy,
  {
    respectLocks = true,
    most = 1_000_000,
    memory = [],
  }: { respectLocks?: boolean; most?: number; memory?: readonly number[] } = {},
): ToyResult {
  const total = { executions: 0, abandoned: 0, deadlocks: 0 };
  const ends = new Set<string>();
  while (total.executions + total.abandoned < most && strategy.begin()) {
    const run = new ToyRun(threads, respectLocks, memory);
    const end = run.finish(strategy);
    total[end === "abandoned" ? "abandoned" : "executions"]++;
    if (end === "deadlock") total.deadlocks++;
    if (end === "done") ends.add(run.end);
  }
  return { ...total, ends };
}

class ToyRun {
  readonly cpus: number;
  readonly plain: number[] = [];
  readonly #threads: Thread[];
  readonly #pending: (Access | undefined)[];
  readonly #memory: number[];
  readonly #seen: number[][];
  readonly #respectLocks: boolean;

  constructor(threads: readonly (() => Thread)[], respectLocks: boolean, memory: readonly number[]) {
    this.#memory = [...memory];
    this.cpus = threads.length;
    this.#respectLocks = respectLocks;
    this.#threads = threads.map((make) => make());
    this.#seen = threads.map(() => []);
    this.#pending = this.#threads.map((thread) => accessOf(thread.next().value ?? undefined));
  }

  pending(cpu: number): Access | undefined {
    return this.#pending[cpu];
  }

  looks(cpu: number): boolean {
    const access = this.#pending[cpu];
    if (access === undefined) return false;
    const value = this.#read(access);
    if (access.hook.kind === "cas") return value !== access.expected;
    if (access.hook.kind === "trylock") return isTaken(access, value);
    return access.hook.kind === "get" && value === 0;
  }

  held(cpu: number): number {
    const access = this.#pending[cpu];
    return access === undefined ? 0 : this.#read(access);
  }

  get end(): string {
    return JSON.stringify([this.#seen, Array.from(this.#memory, (value) => value ?? 0)]);
  }

  finish(strategy: Strategy): "done" | "deadlock" | "abandoned" {
    for (let current = -1; ; ) {
      const runnable = this.#runnable();
      if (runnable === 0) {
        strategy.end?.(this);
        return this.#pending.some((access) => access !== undefined) ? "deadlock" : "done";
      }
      current = strategy.next(this, runnable, current);
      if (current < 0) return "abandoned";
      this.plain.length = 0;
      this.#step(current);
    }
  }

  #runnable(): number {
    let mask = 0;
    for (const [cpu, access] of this.#pending.entries()) {
      if (access === undefined) continue;
      const taken = access.hook.kind === "lock" && isTaken(access, this.#read(access));
      if (!(taken && this.#respectLocks)) mask |= 1 << cpu;
    }
    return mask;
  }

  #read({ at }: Access): number {
    return this.#memory[at / 8] ?? 0;
  }

  #step(cpu: number): void {
    const thread = this.#threads[cpu] as Thread;
    let next = thread.next(this.#perform(cpu, this.#pending[cpu] as Access)).value;
    while (next?.isPlain) {
      const access = accessOf(next) as Access;
      this.plain.push(access.at, 4, access.hook.kind === "store" ? 1 : 0);
      next = thread.next(this.#perform(cpu, access)).value;
    }
    this.#pending[cpu] = accessOf(next ?? undefined);
  }

  /** Makes an access. Returns what its CPU sees. */
  #perform(cpu: number, access: Access): number {
    const old = this.#read(access);
    const value = access.value as number;
    const { kind } = access.hook;
    const see = (what: number): number => {
      this.#seen[cpu]?.push(what);
      return what;
    };
    const put = (what: number): void => {
      this.#memory[access.at / 8] = what >>> 0;
    };
    if (kind === "store") put(value);
    if (kind === "add" || kind === "mark" || kind === "lock") put(old + value);
    if (kind === "unlock" || kind === "put" || kind === "sub") put(old - value);
    if (access.hook.asks) return see(old === (kind === "load" ? value : 1) ? 1 : 0);
    if (kind === "cas" && old === access.expected) put(value);
    if (kind === "trylock" || kind === "get") {
      const taken = kind === "get" ? old === 0 : isTaken(access, old);
      if (!taken) put(old + (kind === "get" ? 1 : value));
      return see(taken ? 0 : 1);
    }
    if (kind === "mark") return see((old & ~WRITER) >>> 0);
    return kind === "load" || kind === "cas" || kind === "add" ? see(old) : old;
  }
}

function isTaken({ expected }: Access, value: number): boolean {
  return (value & (expected as number)) !== 0;
}

function accessOf(toy: ToyAccess | undefined): Access | undefined {
  if (toy === undefined) return undefined;
  const { kind, word, value = 0, expected = 0, asks } = toy;
  const name = `${kind}32.full`;
  const hook: Access["hook"] = { name, kind, bits: 32, order: "full", ...(asks && { asks }) };
  return new Access().set(hook, 0, word * 8, value, expected);
}
