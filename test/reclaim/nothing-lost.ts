/**
 * Random operations of many processes in too little memory, while kswapd, the merging of equal pages, compaction and
 * writeback have CPUs of their own. Each process is driven by one CPU, so that its program order is known: what every operation must answer is
 * known when it is written into the ring, and nothing may ever be lost.
 */

import type { Ring } from "../../dist/cpu/ring.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { leaks } from "../support/engines.js";
import {
  compact,
  flusher,
  ksm,
  kswapd,
  PAGE,
  setCpu,
  slotsInUse,
  stopFlusher,
  stopKswapd,
} from "../support/swap.js";
import {
  BASE,
  type Expected,
  FILE_BASE,
  FILE_PAGES,
  type Process,
  SEGV,
  Steps,
} from "./nothing-lost-steps.js";

/** What is run. */
export interface LostOptions {
  readonly seed: number;
  /** Operations of all processes together. */
  readonly operations: number;
  readonly checked: boolean;
  /** CPUs that drive processes. Default 4; kswapd, merging, compaction and writeback have one more each. */
  readonly cpus?: number;
  /** Processes that live at any time. Default 8. */
  readonly processes?: number;
  /** Anonymous pages of a process. Default 224. */
  readonly pages?: number;
  /** Frames, as a share of what all pages together would need. Default 0.4. */
  readonly memory?: number;
  /** Delay points widen the windows of races. Checked build only. */
  readonly delays?: boolean;
  /** Run kswapd. Default true. */
  readonly kswapd?: boolean;
  /** Merge equal pages. Default true. */
  readonly ksm?: boolean;
  /** Move pages all the time. Default true. */
  readonly compaction?: boolean;
  /** Write dirty pages of files back all the time. Default true. */
  readonly writeback?: boolean;
  /** 4 KiB a page instead of a word. */
  readonly fullContent?: boolean;
  /** Operations between two points at which nobody runs. Default 25,000. */
  readonly roundOperations?: number;
}

/** What a run did. */
export interface LostReport {
  readonly operations: number;
  readonly reads: number;
  readonly forks: number;
  readonly swapOut: number;
  readonly swapIn: number;
  readonly reclaimed: number;
  readonly moved: number;
  readonly written: number;
  readonly checks: number;
  readonly seconds: number;
}

const WATCHDOG = 30_000;

/** Runs it. Throws when an answer is not as expected, an invariant broke, a CPU hung, or something was not freed. */
export async function nothingLost(options: LostOptions): Promise<LostReport> {
  const { cpus = 4, processes = 8, pages = 224, memory = 0.4 } = options;
  const needed = processes * pages + cpus * FILE_PAGES;
  const engine = await Engine.create({
    cpus: cpus + 4,
    checked: options.checked,
    memory: Math.floor(needed * memory) * PAGE,
    // A page that is back may keep its slot while others share it.
    swap: needed * 2 * PAGE,
    store: cpus * FILE_PAGES * PAGE,
    content: options.fullContent ? "full" : "word",
    queueRecords: 512,
    spaces: processes,
    files: cpus + 1,
    watchdog: WATCHDOG,
  });
  try {
    return await new Run(engine, options, cpus, processes, pages).run();
  } finally {
    await engine.dispose();
  }
}

class Run {
  readonly #engine: Engine;
  readonly #options: LostOptions;
  readonly #rings: readonly Ring[];
  readonly #expected: Expected[][];
  readonly #steps: Steps;
  readonly #cpus: number;
  readonly #pages: number;
  #moved = 0;

  constructor(engine: Engine, options: LostOptions, cpus: number, processes: number, pages: number) {
    this.#engine = engine;
    this.#options = options;
    this.#cpus = cpus;
    this.#pages = pages;
    this.#rings = coreOf(engine).pool.rings;
    this.#expected = this.#rings.map(() => []);
    const size = { cpus, processes, pages };
    this.#steps = new Steps(engine, size, options.seed, (cpu, operation, expected) =>
      this.#put(cpu, operation, expected),
    );
  }

  async run(): Promise<LostReport> {
    const engine = this.#engine;
    const { operations, roundOperations = 25_000 } = this.#options;
    const started = performance.now();
    let checks = 0;
    this.#begin();
    for (let round = 0; this.#steps.count < operations; round++) {
      this.#arm(round);
      await this.#drive(Math.min(operations, this.#steps.count + roundOperations));
      this.#disarm();
      checks += engine.check();
    }
    for (const process of this.#steps.processes) this.#compare(process);
    checks += engine.check();
    for (const { slot } of this.#steps.processes) engine.execute(coreOf(engine).encoder.exit(slot));
    for (const file of this.#steps.files) file.drop();
    const left = leaks(engine);
    if (left !== "") throw new Error(`not freed: ${left}`);
    if (slotsInUse(engine) !== 0) throw new Error(`not freed: ${slotsInUse(engine)} slots of swap`);
    checks += engine.check();
    const stats = engine.stats();
    return {
      operations: this.#steps.count,
      reads: this.#steps.reads,
      forks: this.#steps.forks,
      swapOut: stats.swapOut ?? 0,
      swapIn: stats.swapIn ?? 0,
      reclaimed: stats.reclaimed ?? 0,
      moved: this.#moved,
      written: stats.written ?? 0,
      checks,
      seconds: (performance.now() - started) / 1000,
    };
  }

  /** One process, from which all others come. */
  #begin(): void {
    const { encoder } = coreOf(this.#engine);
    const [first, ...others] = this.#steps.processes as [Process, ...Process[]];
    const execute = (operation: OpRecord) => {
      const { result } = this.#engine.execute(operation);
      if (result !== 0) throw new Error(`the beginning answers ${result}`);
    };
    execute(encoder.spawn(first.slot));
    execute(encoder.mmap(first.slot, this.#pages * PAGE, { at: BASE }));
    if (this.#options.ksm !== false) {
      execute(encoder.madvise(first.slot, BASE, this.#pages * PAGE, "mergeable"));
    }
    for (let page = 0; page < this.#pages; page += 2) {
      first.values[page] = this.#steps.unique();
      execute(encoder.write(first.slot, BASE + page * PAGE, first.values[page] ?? 0n));
    }
    for (const child of others) {
      execute(encoder.fork(first.slot, child.slot));
      child.values.set(first.values);
    }
    for (const { slot, cpu } of this.#steps.processes) {
      const file = this.#steps.files[cpu]?.slot ?? 0;
      execute(encoder.mmap(slot, FILE_PAGES * PAGE, { at: FILE_BASE, shared: true, file }));
    }
  }

  /** Feeds the rings until so many operations were made, and waits until all are done. */
  async #drive(until: number): Promise<void> {
    const engine = this.#engine;
    const { pool } = coreOf(engine);
    const kswapdRing = this.#rings[this.#cpus] as Ring;
    const ksmRing = this.#rings[this.#cpus + 1] as Ring;
    const compactRing = this.#rings[this.#cpus + 2] as Ring;
    if (this.#options.kswapd !== false) {
      stopKswapd(engine, false);
      this.#put(kswapdRing.cpu, kswapd(engine), { result: 0, what: "kswapd" });
      kswapdRing.publish();
    }
    const flusherRing = this.#rings[this.#cpus + 3] as Ring;
    if (this.#options.writeback !== false) {
      stopFlusher(engine, false);
      this.#put(flusherRing.cpu, flusher(engine), { result: 0, what: "writeback" });
      flusherRing.publish();
    }
    while (this.#steps.count < until) {
      for (const ring of this.#rings) this.#collect(ring);
      // Three records each may need three more for its order.
      while (this.#steps.count < until && this.#workers().every(({ room }) => room > 12)) this.#steps.next();
      for (const ring of this.#rings) ring.publish();
      if (this.#options.ksm !== false) this.#again(ksmRing, ksm(engine, 1), "ksm");
      if (this.#options.compaction !== false) this.#again(compactRing, compact(engine, 64), "compaction");
      const slowest = this.#workers().reduce((a, b) => (a.room < b.room ? a : b));
      const seen = slowest.done;
      if (seen !== slowest.produced) await pool.progress(slowest, seen);
    }
    for (const ring of this.#workers()) {
      for (let done = ring.done; done !== ring.produced; done = ring.done) await pool.progress(ring, done);
    }
    stopKswapd(engine, true);
    stopFlusher(engine, true);
    await pool.idle();
    for (const ring of this.#rings) this.#collect(ring);
  }

  /** Gives a CPU that has nothing left to do the same once more. */
  #again(ring: Ring, operation: OpRecord, what: string): void {
    if (ring.ready !== 0 || ring.produced !== ring.consumed) return;
    this.#put(ring.cpu, operation, { result: 0, what });
    ring.publish();
  }

  #workers(): readonly Ring[] {
    return this.#rings.slice(0, this.#cpus);
  }

  #collect(ring: Ring): void {
    const expected = this.#expected[ring.cpu] as Expected[];
    const ready = ring.ready;
    for (let i = 0; i < ready; i++) {
      const { result, value } = ring.collect();
      const { what, ...must } = expected[i] as Expected;
      if (what === "compaction") this.#moved += Number(value);
      if (result !== must.result) throw new Error(`${what} answers ${result}, expected ${must.result}`);
      if (must.value !== undefined && value !== must.value) {
        throw new Error(`${what} brings 0x${value.toString(16)}, expected 0x${must.value.toString(16)}`);
      }
    }
    expected.splice(0, ready);
  }

  #put(cpu: number, operation: OpRecord, expected: Expected): number {
    (this.#expected[cpu] as Expected[]).push(expected);
    return (this.#rings[cpu] as Ring).write(operation);
  }

  /** Reads all pages of a process. */
  #compare({ slot, values, access }: Process): void {
    const { encoder } = coreOf(this.#engine);
    for (const [page, value] of values.entries()) {
      const found = this.#engine.execute(encoder.read(slot, BASE + page * PAGE));
      const allowed = access[page] === "rw" || access[page] === "r";
      if (found.result !== (allowed ? 0 : SEGV) || (allowed && found.value !== value)) {
        const told = `${found.result}, 0x${found.value.toString(16)}`;
        throw new Error(`in the end page ${page} of process ${slot} is ${told}, not 0x${value.toString(16)}`);
      }
    }
  }

  #arm(round: number): void {
    const { seed, delays = false } = this.#options;
    for (let cpu = 0; cpu < this.#rings.length && delays; cpu++) {
      setCpu(this.#engine, cpu, "delaySeed", ((seed * 2654435761 + round * 40503 + cpu * 9176) >>> 0) | 1);
    }
  }

  #disarm(): void {
    for (let cpu = 0; cpu < this.#rings.length; cpu++) setCpu(this.#engine, cpu, "delaySeed", 0);
  }
}
