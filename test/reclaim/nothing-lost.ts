/**
 * Random operations of many processes in too little memory, while kswapd, the merging of equal pages, compaction and
 * writeback have CPUs of their own. Each process is driven by one CPU, so that its program order is known: what every operation must answer is
 * known when it is written into the ring, and nothing may ever be lost.
 */

import type { Ring } from "../../dist/cpu/ring.js";
import { coreOf } from "../../dist/engine/engine.js";
import { Engine, type EngineFile } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { random } from "../../model/generate.js";
import { leaks } from "../support/engines.js";
import {
  compact,
  flusher,
  ksm,
  kswapd,
  PAGE,
  reclaim,
  setCpu,
  slotsInUse,
  stopFlusher,
  stopKswapd,
} from "../support/swap.js";

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

/** Pages of a CPU's own file, which the processes that it drives share. */
const FILE_PAGES = 48;
/** Some pages on each side of a leaf table's border. */
const BASE = 0x2000_0000_0000 + (512 - 100) * PAGE;
const FILE_BASE = BASE + 1024 * PAGE;
const WATCHDOG = 30_000;
const SEGV = -1011;

type Access = "rw" | "r" | "none" | "hole";

/** What an operation must answer. */
interface Expected {
  readonly result: number;
  /** The word that a read must bring. */
  readonly value?: bigint;
  readonly what: string;
}

/** What a process's memory must hold. */
interface Process {
  readonly slot: number;
  readonly cpu: number;
  readonly values: BigUint64Array;
  readonly access: Access[];
}

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
  readonly #files: EngineFile[];
  /** What each CPU's file must hold. */
  readonly #fileValues: BigUint64Array[];
  readonly #processes: Process[];
  readonly #cpus: number;
  readonly #pages: number;
  readonly #next: () => number;
  #count = 0;
  #reads = 0;
  #forks = 0;
  #moved = 0;

  constructor(engine: Engine, options: LostOptions, cpus: number, processes: number, pages: number) {
    this.#engine = engine;
    this.#options = options;
    this.#cpus = cpus;
    this.#pages = pages;
    this.#rings = coreOf(engine).pool.rings;
    this.#expected = this.#rings.map(() => []);
    this.#files = Array.from({ length: cpus }, () => engine.file(FILE_PAGES));
    this.#fileValues = this.#files.map(() => new BigUint64Array(FILE_PAGES));
    this.#processes = Array.from({ length: processes }, (_, slot) => ({
      slot,
      cpu: slot % cpus,
      values: new BigUint64Array(pages),
      access: Array<Access>(pages).fill("rw"),
    }));
    this.#next = random(options.seed);
  }

  async run(): Promise<LostReport> {
    const engine = this.#engine;
    const { operations, roundOperations = 25_000 } = this.#options;
    const started = performance.now();
    let checks = 0;
    this.#begin();
    for (let round = 0; this.#count < operations; round++) {
      this.#arm(round);
      await this.#drive(Math.min(operations, this.#count + roundOperations));
      this.#disarm();
      checks += engine.check();
    }
    for (const process of this.#processes) this.#compare(process);
    checks += engine.check();
    for (const { slot } of this.#processes) engine.execute(coreOf(engine).encoder.exit(slot));
    for (const file of this.#files) file.drop();
    const left = leaks(engine);
    if (left !== "") throw new Error(`not freed: ${left}`);
    if (slotsInUse(engine) !== 0) throw new Error(`not freed: ${slotsInUse(engine)} slots of swap`);
    checks += engine.check();
    const stats = engine.stats();
    return {
      operations: this.#count,
      reads: this.#reads,
      forks: this.#forks,
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
    const [first, ...others] = this.#processes as [Process, ...Process[]];
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
      first.values[page] = this.#unique();
      execute(encoder.write(first.slot, BASE + page * PAGE, first.values[page] ?? 0n));
    }
    for (const child of others) {
      execute(encoder.fork(first.slot, child.slot));
      child.values.set(first.values);
    }
    for (const { slot, cpu } of this.#processes) {
      const file = this.#files[cpu]?.slot ?? 0;
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
    while (this.#count < until) {
      for (const ring of this.#rings) this.#collect(ring);
      // Three records each may need three more for its order.
      while (this.#count < until && this.#workers().every(({ room }) => room > 12)) this.#one();
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

  /** The next operation of some process. */
  #one(): void {
    const process = this.#pick(this.#processes);
    const draw = this.#next();
    if (draw < 0.38) this.#access(process, false);
    else if (draw < 0.78) this.#access(process, true);
    else if (draw < 0.885) this.#fileAccess(process, this.#next() < 0.3);
    else if (draw < 0.9) this.#advise(process);
    else if (draw < 0.925) this.#renew(process, "dontneed");
    else if (draw < 0.94) this.#renew(process, "mmap");
    else if (draw < 0.955) this.#protect(process);
    else if (draw < 0.97) this.#move(process);
    else if (draw < 0.98) this.#fileZap(process);
    else if (draw < 0.992) this.#refork(process);
    else this.#put(process.cpu, reclaim(this.#engine, 16), { result: 0, what: "reclaim" });
    this.#count++;
  }

  /** Mostly some of the pages: those that are used again and again. */
  #page(): number {
    return this.#next() < 0.5 ? this.#below(this.#pages >> 2) : this.#below(this.#pages);
  }

  #access(process: Process, write: boolean): void {
    const { encoder } = coreOf(this.#engine);
    const { slot, cpu, access, values } = process;
    const page = this.#page();
    const at = BASE + page * PAGE;
    const allowed = access[page] === "rw" || (!write && access[page] === "r");
    const result = allowed ? 0 : SEGV;
    const what = `${write ? "write" : "read"} of page ${page} of process ${slot} on CPU ${cpu}`;
    if (write) {
      // Some words are equal, for merging.
      const word = this.#next() < 0.15 ? BigInt(1 + this.#below(3)) : this.#unique();
      if (allowed) values[page] = word;
      this.#put(cpu, encoder.write(slot, at, word), { result, what });
      return;
    }
    this.#reads++;
    const value = values[page] ?? 0n;
    this.#put(cpu, encoder.read(slot, at), allowed ? { result, value, what } : { result, what });
  }

  #fileAccess({ slot, cpu }: Process, write: boolean): void {
    const { encoder } = coreOf(this.#engine);
    const values = this.#fileValues[cpu] as BigUint64Array;
    // The upper half is never written: clean pages that come and go.
    const page = this.#below(write ? FILE_PAGES >> 1 : FILE_PAGES);
    const at = FILE_BASE + page * PAGE;
    const what = `${write ? "write" : "read"} of page ${page} of CPU ${cpu}'s file by process ${slot}`;
    if (write) {
      values[page] = this.#unique();
      this.#put(cpu, encoder.write(slot, at, values[page] ?? 0n), { result: 0, what });
    } else {
      this.#reads++;
      this.#put(cpu, encoder.read(slot, at), { result: 0, value: values[page] ?? 0n, what });
    }
  }

  /** Unmaps pages of the file, which stay in the page cache, and maps them again. */
  #fileZap({ slot, cpu }: Process): void {
    const { encoder } = coreOf(this.#engine);
    const what = `dontneed of the file by process ${slot}`;
    const operation = encoder.madvise(slot, FILE_BASE, FILE_PAGES * PAGE, "dontneed");
    this.#put(cpu, operation, { result: 0, what });
  }

  #range(): { readonly page: number; readonly pages: number } {
    const pages = 1 + this.#below(this.#pick([1, 4, 24]));
    return { page: this.#below(this.#pages - pages), pages };
  }

  /** Makes a range zero again. */
  #renew(process: Process, how: "dontneed" | "mmap"): void {
    const { encoder } = coreOf(this.#engine);
    const { slot, cpu, values, access } = process;
    const { page, pages } = this.#range();
    const at = BASE + page * PAGE;
    const what = `${how} of ${pages} pages from ${page} of process ${slot}`;
    values.fill(0n, page, page + pages);
    if (how === "mmap") {
      access.fill("rw", page, page + pages);
      this.#put(cpu, encoder.mmap(slot, pages * PAGE, { at }), { result: 0, what });
    } else {
      const hole = access.slice(page, page + pages).includes("hole");
      const result = hole ? -this.#engine.layout.constant("ENOMEM") : 0;
      this.#put(cpu, encoder.madvise(slot, at, pages * PAGE, "dontneed"), { result, what });
    }
  }

  /** Says that a range is old, or is to go out now, or may be dropped: then it is written at once, which takes it back. */
  #advise(process: Process): void {
    const { encoder } = coreOf(this.#engine);
    const { slot, cpu, access, values } = process;
    const advice = this.#pick(["cold", "pageout", "free"] as const);
    const { page, pages: all } = this.#range();
    const pages = advice === "free" ? Math.min(all, 3) : all;
    const range = access.slice(page, page + pages);
    if (range.includes("hole") || (advice === "free" && range.some((one) => one !== "rw"))) return;
    const what = `${advice} of ${pages} pages from ${page} of process ${slot}`;
    this.#put(cpu, encoder.madvise(slot, BASE + page * PAGE, pages * PAGE, advice), { result: 0, what });
    if (advice !== "free") return;
    for (let one = page; one < page + pages; one++) {
      // Equal words are merged, with pages that may not be dropped.
      const word = this.#next() < 0.5 ? BigInt(1 + this.#below(3)) : this.#unique();
      values[one] = word;
      this.#put(cpu, encoder.write(slot, BASE + one * PAGE, word), {
        result: 0,
        what: `write after ${what}`,
      });
    }
  }

  #protect(process: Process): void {
    const { encoder } = coreOf(this.#engine);
    const { slot, cpu, access } = process;
    const { page, pages } = this.#range();
    if (access.slice(page, page + pages).includes("hole")) return;
    const protection = this.#pick(["rw", "rw", "r", "none"] as const);
    access.fill(protection, page, page + pages);
    const what = `mprotect of ${pages} pages from ${page} of process ${slot}`;
    this.#put(cpu, encoder.mprotect(slot, BASE + page * PAGE, pages * PAGE, protection), { result: 0, what });
  }

  /** Moves one page, which is surely in one mapping, over another; the place that it leaves is mapped anew. */
  #move(process: Process): void {
    const { encoder } = coreOf(this.#engine);
    const { slot, cpu, access, values } = process;
    const [from, to] = [this.#page(), this.#page()];
    if (from === to || access[from] === "hole") return;
    const what = `mremap of page ${from} to ${to} of process ${slot}`;
    const source = BASE + from * PAGE;
    this.#put(cpu, encoder.mremap(slot, source, PAGE, PAGE, { to: BASE + to * PAGE }), { result: 0, what });
    values[to] = values[from] ?? 0n;
    access[to] = access[from] ?? "hole";
    values[from] = 0n;
    access[from] = "hole";
    if (this.#next() < 0.2) return;
    access[from] = "rw";
    this.#put(cpu, encoder.mmap(slot, PAGE, { at: source }), { result: 0, what: `mmap after ${what}` });
  }

  /** Ends the process and puts a child of another in its place. */
  #refork(process: Process): void {
    const { encoder } = coreOf(this.#engine);
    const { layout } = this.#engine;
    const parent = this.#pick(this.#processes);
    if (parent === process) return;
    const { slot, cpu } = process;
    const flags = layout.constant("OPF_PUBLISH");
    const what = `fork of process ${parent.slot} into slot ${slot}`;
    const ended = this.#put(cpu, { ...encoder.exit(slot), flags }, { result: 0, what: `exit of ${slot}` });
    const own = parent.cpu === cpu;
    if (!own) this.#wait(parent.cpu, cpu, ended);
    const made = this.#put(parent.cpu, { ...encoder.fork(parent.slot, slot), flags }, { result: 0, what });
    if (!own) this.#wait(cpu, parent.cpu, made);
    process.values.set(parent.values);
    for (const [page, access] of parent.access.entries()) process.access[page] = access;
    // Its memory is the parent's, its file that of its CPU.
    const file = this.#files[cpu]?.slot ?? 0;
    const map = encoder.mmap(slot, FILE_PAGES * PAGE, { at: FILE_BASE, shared: true, file });
    this.#put(cpu, map, { result: 0, what: `mmap after ${what}` });
    this.#forks++;
  }

  #wait(cpu: number, other: number, index: number): void {
    (this.#expected[cpu] as Expected[]).push({ result: 0, what: "wait" });
    (this.#rings[cpu] as Ring).write(coreOf(this.#engine).encoder.wait(other, index));
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

  #unique(): bigint {
    return (0x1057n << 48n) | BigInt(this.#count * 4 + this.#below(4) + 16);
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * Math.max(1, limit));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}
