/**
 * A search that ends an execution where it comes to a state that it has been in, against the search that does not: random
 * toys on weak memory, without an engine, show the same in both. Then the mistakes: each makes it miss something.
 * RMAP_SEED=N repeats a failure.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Access, parseHook } from "../../../dist/explore/access.js";
import { Histories } from "../../../dist/explore/histories.js";
import { spanNet } from "../../../dist/explore/index.js";
import { performBy } from "../../../dist/explore/model.js";
import { WEAKEST } from "../../../dist/explore/models.js";
import { Pointers } from "../../../dist/explore/pointers.js";
import { Print } from "../../../dist/explore/print.js";
import { boundsOf, runnerOf } from "../../../dist/explore/row.js";
import { SeenStates } from "../../../dist/explore/seen-states.js";
import { BoundedStrategy } from "../../../dist/explore/strategy/bounded.js";
import { WeakMemory } from "../../../dist/explore/weak.js";
import { WeakPrint } from "../../../dist/explore/weak-print.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import { MemoryView } from "../../../dist/wasm/memory.js";
import { count, sample } from "../../support/sample.js";
import { modelEngine, monitorModule, SEED } from "../modules.js";

/** A hook with operands. `into`: the register that gets what it returned. `follows`: its word is behind that register's pointer. */
interface Statement {
  readonly hook: string;
  readonly at: number;
  readonly value: number;
  readonly into: number;
  readonly follows: boolean;
}

const [X, Y, P, L] = [64, 128, 192, 256];
/** A word of 64 bits, of which this is the upper half. */
const HALF = X + 12;
/** Objects of 64 bytes at X and at Y. */
const objectOf = (value: number) => (value >= X && value < P ? value & -64 : 0);
const BOUNDS = { preemptions: 2, stale: 2, together: 3 };
const REGISTERS = 2;
const BYTES = 320;
/** Forgets a register: what it held is no longer told apart. */
const FORGET = "forget";

const hooks = [
  ...[
    "load32.once",
    "load32.once",
    "load32.once",
    "load32.once",
    "load32.once",
    "load32.acquire",
    "plainLoad",
  ],
  ...["store32.once", "store32.once", "store32.once", "store32.release", "plainStore", "store64.once"],
  ...["add32.full", "cas32.acquire", "fence.full", "fence.write", "fence.read", "pass", FORGET, FORGET],
];
const statement: fc.Arbitrary<readonly Statement[]> = fc
  .record({
    hook: fc.constantFrom(...hooks),
    at: fc.constantFrom(X, X, X, Y, Y, Y, HALF),
    value: fc.integer({ min: 1, max: 2 }),
    kind: fc.constantFrom("plain", "plain", "plain", "plain", "plain", "publish", "follow", "lock"),
  })
  .map(({ kind, ...one }): readonly Statement[] => {
    const into = one.at === Y ? 1 : 0;
    const given = { ...one, into, at: one.hook === "store64.once" ? HALF - 4 : one.at, follows: false };
    if (kind === "publish") return [{ ...given, hook: "store32.once", at: P, value: one.at & -64 }];
    if (kind === "follow")
      return [
        { ...given, hook: "load32.once", at: P },
        { ...given, hook: "load32.once", follows: true },
      ];
    if (kind === "plain") return [given];
    const locked = [given, { ...given, hook: "unlock32.release", at: L, value: 1 }];
    return [{ ...given, hook: "lock32.acquire", at: L, value: 1 }, ...locked];
  });
const thread = (most: number) =>
  fc.array(statement, { minLength: 2, maxLength: most }).map((parts) => parts.flat());
const toy = fc.oneof(
  fc.array(thread(6), { minLength: 2, maxLength: 2 }),
  fc.array(thread(3), { minLength: 3, maxLength: 3 }),
);
const toys = fc.sample(toy, { seed: SEED, numRuns: count(60, 600) });

/**
 * What the executions of a toy show: after each step, which one it was, all registers and the memory. And how many
 * executions there were, and how many ended where another one had been.
 */
function explore(threads: readonly (readonly Statement[])[], merges: boolean) {
  const view = new MemoryView(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
  const strategy = new BoundedStrategy(BOUNDS);
  const choose = (of: number) => strategy.choose(of);
  const cpus = threads.length;
  const memory = new WeakMemory(view, choose, { model: "weakest", cpus, objectOf });
  // Whoever accesses a word with 64 bits makes it a wide one, in all executions that follow.
  memory.load(0, new Access().set(parseHook("load64.once"), 1, HALF - 4, 0n, 0n));
  const seen = new SeenStates();
  const shown = new Set<number>();
  let [executions, merged] = [0, 0];
  while (strategy.begin()) {
    seen.begin(strategy.shared);
    for (let at = 0; at < BYTES; at += 4) view.setU32(at, 0);
    memory.restore();
    const run = new Run(threads, view, memory);
    executions++;
    for (let current = -1; ; ) {
      const runnable = run.runnable;
      if (merges && current >= 0 && strategy.answers > strategy.shared) {
        const { preemptions, stale, answers } = strategy;
        const { a, b } = run.print((runnable >>> current) & 1 ? current : -1);
        if (seen.meet(a, b, preemptions, stale, answers)) {
          merged++;
          break;
        }
      }
      if (runnable === 0) break;
      current = strategy.next({ cpus, plain: [] } as never, runnable, current);
      run.step(current);
      const { a, b } = run.shown;
      shown.add(a * 2 ** 21 + (b >>> 11));
    }
  }
  return { shown: [...shown].sort((a, b) => a - b), executions, merged };
}

class Run {
  readonly #at: number[];
  readonly #registers: number[][];
  readonly #access = new Access();
  readonly #print = new Print();

  constructor(
    readonly threads: readonly (readonly Statement[])[],
    readonly view: MemoryView,
    readonly memory: WeakMemory,
  ) {
    this.#at = threads.map(() => 0);
    this.#registers = threads.map(() => new Array(REGISTERS).fill(0));
  }

  #next(cpu: number): Statement | undefined {
    return this.threads[cpu]?.[this.#at[cpu] as number];
  }

  get runnable(): number {
    let mask = 0;
    for (let cpu = 0; cpu < this.threads.length; cpu++) {
      const next = this.#next(cpu);
      if (next === undefined) continue;
      const waits = next.hook === "lock32.acquire" && !this.memory.ready(cpu, this.#accessOf(next, next.at));
      if (!waits) mask |= 1 << cpu;
    }
    return mask;
  }

  /** A hash of what everybody can see. */
  get shown(): Print {
    const print = this.#print.begin(0);
    for (const at of this.#at) print.put(at);
    for (const registers of this.#registers) for (const value of registers) print.put(value);
    for (const at of [X, HALF - 4, HALF, Y, P, L]) print.put(this.view.u32(at));
    return print;
  }

  /** A hash of the state, while this CPU has made the last step and can go on, or none. */
  print(current: number): Print {
    const print = this.shown.put(current);
    this.memory.print(print);
    return print;
  }

  #accessOf({ hook, value }: Statement, at: number): Access {
    const parsed = parseHook(hook);
    const wide = parsed.bits === 64;
    const isLock = parsed.kind === "lock";
    return this.#access.set(
      parsed,
      1,
      at,
      wide ? BigInt(value) : value,
      isLock ? 0xffff_ffff : wide ? 0n : 0,
    );
  }

  step(cpu: number): void {
    const next = this.#next(cpu) as Statement;
    const { view, memory } = this;
    const registers = this.#registers[cpu] as number[];
    this.#at[cpu] = (this.#at[cpu] as number) + 1;
    const { hook, into, value } = next;
    const pointer = registers[into] as number;
    if (next.follows && objectOf(pointer) === 0) return;
    const at = next.follows ? pointer : next.at;
    if (hook === FORGET) registers[into] = 0;
    else if (hook === "plainLoad") registers[into] = Number(memory.plainLoad(cpu, at, 4) ?? view.u32(at));
    else if (hook === "plainStore") {
      memory.plainStore(cpu, at, 4, value, 0);
      view.setU32(at, value);
    } else if (hook === "pass") memory.pass(cpu, this.#access.set(parseHook("add32.full"), 1, L + 32, 1, 0));
    else {
      const result = performBy(memory, cpu, this.#accessOf(next, at));
      if (!/^(store|fence|lock|unlock)/.test(hook)) registers[into] = Number(result);
    }
  }
}

const whole = toys.map((toy) => explore(toy, false));

test("random toys show the same, in fewer executions", () => {
  let [all, few, merged] = [0, 0, 0];
  for (const [i, toy] of toys.entries()) {
    const result = explore(toy, true);
    expect({ toy, shown: result.shown }).toEqual({ toy, shown: whole[i]?.shown });
    all += whole[i]?.executions ?? 0;
    few += result.executions;
    merged += result.merged;
  }
  expect(merged).toBeGreaterThan(few / 4);
  expect(few).toBeLessThan(all);
});

/** Replaces a method until the test is over. */
function replaced<T extends object, K extends keyof T>(of: T, name: K, by: T[K], run: () => void): void {
  const was = of[name];
  of[name] = by;
  try {
    run();
  } finally {
    of[name] = was;
  }
}

const one = (hook: string, at: number, value = 1, into = 0, follows = false): Statement => ({
  ...{ hook, at, value, into, follows },
});
const stores = [one("store32.once", X), one("store32.once", Y)];
const forgotten = [one("load32.once", X), one(FORGET, X)];
/** Toys in which a CPU comes to one place with one memory and the same registers, and may see different things from there on. */
const SHARP: readonly (readonly (readonly Statement[])[])[] = [
  [stores, [...forgotten, one("load32.once", Y, 1, 1), one("load32.once", X)]],
];

/** Whether something is missed in some toy. */
function misses(): boolean {
  return [...SHARP, ...toys].some(
    (toy) => explore(toy, true).shown.length < explore(toy, false).shown.length,
  );
}

describe("a mistake is seen:", () => {
  const { meet } = SeenStates.prototype;
  test.each<[string, (run: () => void) => void]>([
    ["what weak memory holds does not count", (run) => replaced(WeakPrint.prototype, "into", () => {}, run)],
    [
      "what was spent does not count",
      (run) =>
        replaced(
          SeenStates.prototype,
          "meet",
          function (this: SeenStates, a, b, _preemptions, _stale, answers) {
            return meet.call(this, a, b, 0, 0, answers);
          },
          run,
        ),
    ],
  ])("%s", (_what, spoil) => {
    spoil(() => expect(misses()).toBe(true));
  });
});

describe("the hash of a state", () => {
  /** After these steps, each a CPU and a hook with its operands. "back": the machine goes back to its first mark. */
  function hashOf(
    steps: readonly (readonly [number, string, number, number] | "back")[],
    points = true,
  ): string {
    const view = new MemoryView(new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }));
    const options = { model: "weakest", cpus: 2, ...(points && { objectOf }) } as const;
    const memory = new WeakMemory(view, () => 0, options);
    memory.mark(0);
    for (const step of steps) {
      if (step === "back") {
        memory.print(new Print());
        memory.back(0);
        continue;
      }
      const [cpu, hook, at, value] = step;
      performBy(memory, cpu, new Access().set(parseHook(hook), 1, at, value, 0));
    }
    const { a, b } = hashed(memory);
    return `${a} ${b}`;
  }

  function hashed(memory: WeakMemory): Print {
    const print = new Print().begin(0);
    memory.print(print);
    return print;
  }

  const [x, y] = [[0, "store32.once", X, 1] as const, [0, "store32.once", Y, 1] as const];
  const [seesX, seesY] = [[1, "load32.once", X, 0] as const, [1, "load32.once", Y, 0] as const];
  const fence = (cpu: number) => [cpu, "fence.full", 0, 0] as const;

  test("is the same whichever of two independent steps came first", () => {
    expect(hashOf([x, y, seesX])).toBe(hashOf([x, seesX, y]));
    expect(hashOf([x, [1, "store32.once", Y, 1]])).toBe(hashOf([[1, "store32.once", Y, 1], x]));
    expect(hashOf([x, "back", y, seesY])).toBe(hashOf([y, seesY]));
    // A full barrier stands in one order with those of all CPUs.
    const [early, late] = [
      [x, fence(0), seesY, fence(1)],
      [seesY, fence(1), x, fence(0)],
    ] as const;
    expect(hashOf(early)).not.toBe(hashOf(late));
  });

  test.each<[string, () => boolean, (run: () => void) => void]>([
    [
      "which word a CPU has seen counts",
      () => hashOf([x, y, seesX]) !== hashOf([x, y, seesY]),
      (run) => replaced(Histories.prototype, "keyOf", () => 0, run),
    ],
    [
      "old values count",
      () =>
        hashOf([x, [0, "store32.once", X, 2]]) !==
        hashOf([
          [0, "store32.once", X, 3],
          [0, "store32.once", X, 2],
        ]),
      (run) => replaced(Histories.prototype, "storedIn", () => 0, run),
    ],
    [
      "a pointer that was read counts",
      () =>
        hashOf([
          [0, "store32.once", P, X],
          [1, "load32.once", P, 0],
        ]) !==
        hashOf(
          [
            [0, "store32.once", P, X],
            [1, "load32.once", P, 0],
          ],
          false,
        ),
      (run) => replaced(Pointers.prototype, "each", () => {}, run),
    ],
    [
      "what was before the machine went back does not count",
      () => hashOf([x, fence(0), "back", y, fence(0)]) === hashOf([y, fence(0)]),
      (run) => replaced(WeakPrint.prototype, "cut", () => {}, run),
    ],
  ])("%s", (_what, holds, spoil) => {
    expect(holds()).toBe(true);
    spoil(() => expect(holds()).toBe(false));
  });
});

/** Races of different kinds, with few executions in weak memory. */
const RACES = ["fresh-neighbour", "drop-munmap", "boundary-move", "drop-mremap", "drop-fork", "exposed-page"];

test.each(sample(RACES, 2, "test/explore/models/merged"))(
  "%s comes to the same states on the engine",
  async (name) => {
    const scenario = (await loadScenarios()).find((race) => race.name === name);
    if (scenario === undefined) throw new Error(`there is no race ${name}`);
    const bounds = boundsOf({ strategy: "bounded", model: "lkmm", preemptions: 2, seed: SEED });
    const run = (merges: boolean) => {
      const module = modelEngine();
      const runner = runnerOf({ scenario, module, monitor: monitorModule() }, false, WEAKEST);
      const net = spanNet(runner.machine, module);
      runner.net = net;
      const { executions, merged, complete, finding } = runner.explore(() => new BoundedStrategy(bounds), {
        merges,
      });
      const words = runner.machine.monitor.contendedHash;
      return {
        shown: { complete, finding, words, states: [...runner.judged].sort(), races: net.size },
        executions,
        merged,
      };
    };
    const [all, few] = [run(false), run(true)];
    expect(few.shown).toEqual(all.shown);
    expect(few.merged).toBeGreaterThan(0);
    expect(few.executions).toBeLessThanOrEqual(all.executions);
  },
);
