/** The random operations of nothing-lost.ts: each is drawn together with its answer, and changes what the memory must hold. */

import { coreOf } from "../../dist/engine/engine.js";
import type { Engine, EngineFile } from "../../dist/index.js";
import type { OpRecord } from "../../dist/record/record.js";
import { random } from "../../model/generate.js";
import { PAGE, reclaim } from "../support/swap.js";

/** Pages of a CPU's own file, which the processes that it drives share. */
export const FILE_PAGES = 48;
/** Some pages on each side of a leaf table's border. */
export const BASE = 0x2000_0000_0000 + (512 - 100) * PAGE;
export const FILE_BASE = BASE + 1024 * PAGE;
/** The result of an access that the mapping does not allow. */
export const SEGV = -1011;

type Access = "rw" | "r" | "none" | "hole";

/** What an operation must answer. */
export interface Expected {
  readonly result: number;
  /** The word that a read must bring. */
  readonly value?: bigint;
  readonly what: string;
}

/** What a process's memory must hold. */
export interface Process {
  readonly slot: number;
  readonly cpu: number;
  readonly values: BigUint64Array;
  readonly access: Access[];
}

/** Puts an operation into a CPU's ring, and returns the ring's index of it. */
type Put = (cpu: number, operation: OpRecord, expected: Expected) => number;

/** The processes, what their memory must hold, and the next operation of one of them. */
export class Steps {
  readonly processes: readonly Process[];
  /** Each CPU's own file. */
  readonly files: readonly EngineFile[];
  /** Operations that were drawn; those that follow one by itself do not count. */
  count = 0;
  reads = 0;
  forks = 0;
  readonly #engine: Engine;
  readonly #pages: number;
  readonly #put: Put;
  readonly #next: () => number;
  /** What each CPU's file must hold. */
  readonly #fileValues: readonly BigUint64Array[];

  constructor(
    engine: Engine,
    size: { readonly cpus: number; readonly processes: number; readonly pages: number },
    seed: number,
    put: Put,
  ) {
    this.#engine = engine;
    this.#pages = size.pages;
    this.#put = put;
    this.#next = random(seed);
    this.files = Array.from({ length: size.cpus }, () => engine.file(FILE_PAGES));
    this.#fileValues = this.files.map(() => new BigUint64Array(FILE_PAGES));
    this.processes = Array.from({ length: size.processes }, (_, slot) => ({
      slot,
      cpu: slot % size.cpus,
      values: new BigUint64Array(size.pages),
      access: Array<Access>(size.pages).fill("rw"),
    }));
  }

  /** The next operation of some process. */
  next(): void {
    const process = this.#pick(this.processes);
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
    this.count++;
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
      const word = this.#next() < 0.15 ? BigInt(1 + this.#below(3)) : this.unique();
      if (allowed) values[page] = word;
      this.#put(cpu, encoder.write(slot, at, word), { result, what });
      return;
    }
    this.reads++;
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
      values[page] = this.unique();
      this.#put(cpu, encoder.write(slot, at, values[page] ?? 0n), { result: 0, what });
    } else {
      this.reads++;
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
      const word = this.#next() < 0.5 ? BigInt(1 + this.#below(3)) : this.unique();
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
    const parent = this.#pick(this.processes);
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
    const file = this.files[cpu]?.slot ?? 0;
    const map = encoder.mmap(slot, FILE_PAGES * PAGE, { at: FILE_BASE, shared: true, file });
    this.#put(cpu, map, { result: 0, what: `mmap after ${what}` });
    this.forks++;
  }

  #wait(cpu: number, other: number, index: number): void {
    this.#put(cpu, coreOf(this.#engine).encoder.wait(other, index), { result: 0, what: "wait" });
  }

  /** A word that no page has had. */
  unique(): bigint {
    return (0x1057n << 48n) | BigInt(this.count * 4 + this.#below(4) + 16);
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * Math.max(1, limit));
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)] as T;
  }
}
