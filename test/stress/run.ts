/** Runs the mix on all CPUs at once, in rounds: what holds when nobody runs is checked after each. */

import type { Ring } from "../../dist/cpu/ring.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, type EngineFile } from "../../dist/index.js";
import { leaks } from "../support/engines.js";
import { belongsTo, FILE_PAGES, Mix, type Places, PRIVATE_SLOTS, ROOTS, SHARED_SLOTS, start } from "./mix.js";

/** What is run. */
export interface StressOptions {
  readonly seed: number;
  /** Page faults to reach. */
  readonly faults: number;
  readonly cpus: number;
  /** Use the checked build. */
  readonly checked: boolean;
  /** Delay points widen the windows of races. Checked build only. */
  readonly delays: boolean;
  /** Refuse an allocation now and then. Checked build only. */
  readonly refusals?: boolean;
  /** Merge equal pages meanwhile. */
  readonly ksm?: boolean;
  /** Move, lock and reclaim pages under way, with swap to reclaim to. */
  readonly paging?: boolean;
  /** Page frames that there are. Default 16384; few of them make operations fail. */
  readonly frames?: number;
  /** Operations of each CPU between two points at which nobody runs. Default 4000. */
  readonly roundOperations?: number;
}

/** What a run did. */
export interface StressReport {
  readonly faults: number;
  readonly operations: number;
  readonly rounds: number;
  readonly checks: number;
  /** How often each result came. */
  readonly results: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Milliseconds without progress after which a run is called hung. */
const WATCHDOG = 15_000;
/** Families of address spaces: nothing of one may ever be seen in the other. */
const FAMILIES = 2;
const PAGE = 4096;

/** Runs until so many faults have happened. Throws when an invariant broke, a CPU hung, a word leaked between families, or something was not freed. */
export async function stress(options: StressOptions): Promise<StressReport> {
  const engine = await Engine.create({
    cpus: options.cpus,
    checked: options.checked,
    memory: (options.frames ?? 16384) * PAGE,
    swap: options.paging ? 2 ** 24 : 0,
    queueRecords: 1024,
    spaces: 128,
    watchdog: WATCHDOG,
  });
  try {
    return await new Stress(engine, options).run();
  } finally {
    await engine.dispose();
  }
}

/** A tag that a record carries: which family it belongs to, and whether it reads a word. */
interface Expected {
  readonly family: number;
  readonly reads: boolean;
}

class Stress {
  readonly #engine: Engine;
  readonly #options: StressOptions;
  readonly #results: Record<string, number> = {};
  readonly #read: number;
  #operations = 0;
  #checks = 0;

  constructor(engine: Engine, options: StressOptions) {
    this.#engine = engine;
    this.#options = options;
    this.#read = engine.layout.constant("OP_READ");
  }

  async run(): Promise<StressReport> {
    const started = performance.now();
    const { faults } = this.#options;
    let rounds = 0;
    while (this.#faults() < faults) {
      await this.#round(rounds);
      rounds++;
    }
    const seconds = (performance.now() - started) / 1000;
    const [operations, checks] = [this.#operations, this.#checks];
    return { faults: this.#faults(), operations, rounds, checks, results: this.#results, seconds };
  }

  #faults(): number {
    const { faults = 0 } = this.#engine.stats();
    return faults;
  }

  /** New spaces and files, the mix on all CPUs, then all is checked and given back. */
  async #round(round: number): Promise<void> {
    const engine = this.#engine;
    const { cpus, roundOperations = 4000 } = this.#options;
    let slots = 0;
    const files: EngineFile[] = [];
    const shared: number[][] = [];
    // Nobody else takes slots of this engine.
    const reserve = () => slots++;
    for (let family = 0; family < FAMILIES; family++) {
      files.push(engine.file(FILE_PAGES));
      shared.push(Array.from({ length: ROOTS }, reserve));
    }
    for (const slot of shared.flat()) {
      for (const operation of start(engine, slot)) engine.execute(operation);
    }
    const places = Array.from({ length: cpus }, () =>
      shared.map((roots, family): Places => {
        const own = Array.from({ length: SHARED_SLOTS }, reserve);
        roots.push(...own);
        const secret = Array.from({ length: PRIVATE_SLOTS }, reserve);
        return { shared: roots, own, secret, file: files[family]?.slot ?? 0 };
      }),
    );
    for (const [family, roots] of shared.entries()) {
      // One of each CPU's shared slots is taken from the start.
      for (const cpu of places)
        engine.execute(coreOf(engine).encoder.fork(roots[0] ?? 0, cpu[family]?.own[0] ?? 0));
    }
    this.#arm(round);
    await this.#drive(places, round, roundOperations);
    this.#disarm();
    this.#checks += engine.check();
    for (let slot = 0; slot < slots; slot++) engine.execute(coreOf(engine).encoder.exit(slot));
    for (const file of files) file.drop();
    this.#assertNoLeak();
    this.#checks += engine.check();
  }

  /** Feeds every CPU's ring until each has had its share, and looks at each outcome. */
  async #drive(places: readonly Places[][], round: number, count: number): Promise<void> {
    const engine = this.#engine;
    const rings = coreOf(engine).pool.rings;
    const { ksm = false, paging = false } = this.#options;
    const scratch = coreOf(engine).machine.control.get("bootBytes");
    // Behind the engine's own memory are bytes for answers; each CPU's share begins at a page.
    const share =
      Math.floor((coreOf(engine).machine.control.view.bytes - scratch) / rings.length / PAGE) * PAGE;
    const feeds = rings.map((ring, cpu) => {
      const seed = (this.#options.seed * 7919 + round * 64 + cpu) >>> 0;
      const mix = new Mix(engine, places[cpu] ?? [], { seed, ksm, paging }, scratch + cpu * share, share);
      return { ring, mix, left: count, expected: [] as Expected[] };
    });
    for (let busy = true; busy; ) {
      busy = false;
      for (const feed of feeds) {
        this.#collect(feed.ring, feed.expected);
        for (; feed.left > 0 && feed.ring.room > 0; feed.left--) {
          const { operation, family } = feed.mix.next();
          feed.ring.write(operation);
          feed.expected.push({ family, reads: operation.op === this.#read });
          this.#operations++;
        }
        feed.ring.publish();
        if (this.#options.refusals && feed.left > 0) this.#refuse(feed.ring.cpu, feed.left);
        if (feed.left > 0) busy = true;
      }
      // Whoever is furthest behind decides when it goes on.
      const slowest = feeds.reduce((a, b) => (a.ring.room < b.ring.room ? a : b)).ring;
      const seen = slowest.done;
      if (busy && seen !== slowest.produced) await coreOf(engine).pool.progress(slowest, seen);
    }
    await coreOf(engine).pool.idle();
    for (const feed of feeds) this.#collect(feed.ring, feed.expected);
  }

  #collect(ring: Ring, expected: Expected[]): void {
    const ready = ring.ready;
    for (let i = 0; i < ready; i++) {
      const { result, value } = ring.collect();
      const { family, reads } = expected[i] as Expected;
      this.#results[result] = (this.#results[result] ?? 0) + 1;
      if (reads && result === 0 && !belongsTo(family, value)) {
        throw new Error(`CPU ${ring.cpu} read 0x${value.toString(16)} in a space of family ${family}`);
      }
    }
    expected.splice(0, ready);
  }

  /** Sets the delay points of every worker CPU. */
  #arm(round: number): void {
    const { seed, delays, cpus } = this.#options;
    for (let cpu = 0; cpu < cpus && delays; cpu++) {
      this.#set(cpu, "delaySeed", ((seed * 2654435761 + round * 40503 + cpu * 9176) >>> 0) | 1);
    }
  }

  /** One of the next allocations of a CPU will be refused. */
  #refuse(cpu: number, salt: number): void {
    this.#set(cpu, "failAfter", 1 + ((this.#options.seed * 31 + salt * 17 + cpu * 7) % 300));
  }

  #disarm(): void {
    for (let cpu = 0; cpu <= this.#options.cpus; cpu++) {
      this.#set(cpu, "delaySeed", 0);
      this.#set(cpu, "failAfter", 0);
    }
  }

  #set(cpu: number, field: string, value: number): void {
    const { control, layout } = coreOf(this.#engine).machine;
    control.view.store(control.cpuBase(cpu) + layout.struct("Cpu").offset(field), value);
  }

  #assertNoLeak(): void {
    const left = leaks(this.#engine);
    if (left !== "") throw new Error(`not freed: ${left}`);
  }
}
