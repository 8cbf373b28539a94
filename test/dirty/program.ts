/** A random program on an engine and on the plain model of its changes. Each collection is compared. */
import type { AddressSpace, DirtyTracking, Pin } from "../../dist/index.js";
import { Engine, type EngineOptions, OutOfMemory } from "../../dist/index.js";
import { dice } from "../support/dice.js";
import {
  beginPeriod,
  contentOf,
  drop,
  forked,
  freshPage,
  type ModelFile,
  type ModelPage,
  type ModelSpace,
  mustReport,
  store,
} from "./model.js";

const PAGE = 4096;
/** Where mappings may stand: so many places, each for one mapping of at most MOST pages. */
const PLACES = 10;
const MOST = 12;
const BASE = 0x1000_0000;

/** What the programs' collections told. */
export interface Tally {
  /** Pages that were reported, those of them whose content was the same, and those that had to be. */
  reported: number;
  same: number;
  changed: number;
  collections: number;
}

interface Process {
  space: AddressSpace;
  pages: ModelSpace;
  tracking: DirtyTracking;
  /** Pins, with the pages that they hold. */
  readonly pins: Map<Pin, ModelPage>;
}

export class Program {
  readonly #roll: (below: number) => number;
  readonly #tally: Tally;
  readonly #files: { handle: ReturnType<Engine["file"]>; model: ModelFile }[] = [];
  readonly #said: string[] = [];
  #engine: Engine;
  #processes: Process[] = [];
  #next = 1n;
  #savable = true;

  private constructor(engine: Engine, seed: number, tally: Tally) {
    this.#engine = engine;
    this.#roll = dice(seed);
    this.#tally = tally;
    for (let i = 0; i < 2; i++) {
      this.#files.push({ handle: engine.file(MOST), model: { values: Array(MOST).fill(0n) } });
    }
    this.#processes.push(this.#process(engine.spawn(), new Map()));
  }

  /** Runs a program of so many steps, and adds what it saw. Throws with the last steps where a changed page is missing. */
  static async run(
    seed: number,
    steps: number,
    options: EngineOptions,
    tally: Tally = { reported: 0, same: 0, changed: 0, collections: 0 },
  ): Promise<void> {
    const engine = await Engine.create({
      ...options,
      ...{ memory: 96 * PAGE, swap: 512 * PAGE, store: 64 * PAGE, metadata: 2 ** 20 },
    });
    const program = new Program(engine, seed, tally);
    // A snapshot is only of an engine that says what it is.
    program.#savable = options.module === undefined;
    try {
      for (let step = 0; step < steps; step++) await program.#step();
      for (const process of program.#processes) program.#collect(process);
      program.#compareAll();
      program.#engine.check();
    } catch (error) {
      const last = program.#said.slice(-40).join("\n  ");
      throw new Error(`seed ${seed}: ${(error as Error).message}\n  ${last}`, { cause: error });
    } finally {
      await program.#engine.dispose();
    }
  }

  #process(space: AddressSpace, pages: ModelSpace): Process {
    return { space, pages, tracking: space.trackDirty(), pins: new Map() };
  }

  async #step(): Promise<void> {
    const process = this.#one(this.#processes);
    const kind = this.#roll(100);
    try {
      if (kind < 8 || process.pages.size === 0) this.#map(process);
      else if (kind < 38) this.#store(process);
      else if (kind < 46) this.#load(process);
      else if (kind < 60) this.#advise(process);
      else if (kind < 64) this.#move(process);
      else if (kind < 67) this.#unmap(process);
      else if (kind < 71) this.#protect(process);
      else if (kind < 75) this.#fork(process);
      else if (kind < 80) this.#pin(process);
      else if (kind < 91) this.#work();
      else if (kind < 99) this.#collect(process);
      else await this.#reload();
    } catch (error) {
      // An access that finds no memory has stored nothing.
      if (!(error instanceof OutOfMemory)) throw error;
      this.#say("no memory");
    }
  }

  #say(text: string): void {
    this.#said.push(text);
  }

  #one<T>(all: readonly T[]): T {
    return all[this.#roll(all.length)] as T;
  }

  /** An address of a process, with its page. */
  #somewhere({ pages }: Process): [address: number, page: ModelPage] {
    return this.#one([...pages]);
  }

  /** Some pages from a random one on. */
  #range(process: Process): number[] {
    const [first] = this.#somewhere(process);
    const wanted = 1 + this.#roll(MOST);
    const found: number[] = [];
    for (let at = first; found.length < wanted && process.pages.has(at); at += PAGE) found.push(at);
    return found;
  }

  #place(): number {
    return BASE + this.#roll(PLACES) * 2 * MOST * PAGE;
  }

  #map({ space, pages }: Process): void {
    const at = this.#place();
    const length = 1 + this.#roll(MOST);
    const from = this.#roll(3);
    const file = from === 0 ? undefined : this.#files[from - 1];
    const shared = file !== undefined && this.#roll(2) === 0;
    this.#say(`${space.slot} mmap ${at.toString(16)} ${length} ${from} ${shared}`);
    space.mmap(length * PAGE, { at, shared, ...(file === undefined ? {} : { file: file.handle }) });
    for (let i = 0; i < length; i++) pages.set(at + i * PAGE, freshPage(file?.model, i, shared));
  }

  #store(process: Process): void {
    for (const address of this.#range(process)) {
      const page = process.pages.get(address) as ModelPage;
      const value = this.#roll(3) === 0 ? BigInt(this.#roll(2)) : this.#next++;
      this.#say(`${process.space.slot} write ${address.toString(16)} ${value}`);
      if (process.space.tryWrite(address, value)) store(page, value);
    }
  }

  #load(process: Process): void {
    for (const address of this.#range(process)) {
      this.#say(`${process.space.slot} read ${address.toString(16)}`);
      this.#compare(process, address);
    }
    const range = this.#range(process);
    // What is touched as by a store is reported, and keeps its content.
    if (this.#roll(4) === 0) this.#touch(process, range);
  }

  #touch({ space, pages }: Process, range: readonly number[]): void {
    const access = this.#roll(2) === 0 ? "read" : "write";
    this.#say(`${space.slot} touch ${access} ${range[0]?.toString(16)} ${range.length}`);
    try {
      for (const address of range) {
        space.touch(address, 1, access);
        const page = pages.get(address) as ModelPage;
        // From here on a private page is its own, with the file's value of now.
        if (access === "write" && !page.shared && !page.lazy) page.own = contentOf(page);
      }
    } catch (error) {
      if ((error as Error).name !== "SegmentationFault") throw error;
    }
  }

  #compare({ space, pages }: Process, address: number): void {
    const page = pages.get(address) as ModelPage;
    const found = space.tryRead(address);
    if (found === undefined) return;
    if (page.lazy && found !== contentOf(page)) drop(page);
    if (found !== contentOf(page)) {
      throw new Error(`${space.slot} at ${address.toString(16)}: ${found}, not ${contentOf(page)}`);
    }
  }

  #advise(process: Process): void {
    const range = this.#range(process);
    const advice = this.#one(["dontneed", "free", "cold", "pageout", "mergeable", "unmergeable"] as const);
    const { space, pages } = process;
    this.#say(`${space.slot} ${advice} ${range[0]?.toString(16)} ${range.length}`);
    try {
      space.madvise(range[0] as number, range.length * PAGE, advice);
    } catch (error) {
      // It does not fit a mapping. The pages before that are free all the same.
      if ((error as { code?: string }).code !== "EINVAL") throw error;
    }
    for (const address of range) {
      const page = pages.get(address) as ModelPage;
      if (page.shared) continue;
      if (advice === "dontneed") drop(page);
      else if (advice === "free" && page.file === undefined) page.lazy = true;
    }
  }

  #move({ space, pages }: Process): void {
    const [first] = this.#one([...pages]);
    const range: number[] = [];
    for (let at = first; range.length < 6 && pages.has(at) && sameMapping(space, first, at); at += PAGE) {
      range.push(at);
    }
    const to = this.#place();
    const end = to + range.length * PAGE;
    if (range.some((at) => at + PAGE > to && at < end)) return;
    const anon = range.every((at) => pages.get(at)?.file === undefined);
    const dontUnmap = anon && this.#roll(3) === 0;
    this.#say(`${space.slot} mremap ${first.toString(16)} ${range.length} ${to.toString(16)} ${dontUnmap}`);
    space.mremap(first, range.length * PAGE, range.length * PAGE, { to, dontUnmap });
    for (const [i, at] of range.entries()) {
      const page = pages.get(at) as ModelPage;
      pages.set(to + i * PAGE, page);
      if (dontUnmap) pages.set(at, { ...freshPage(undefined, 0, false), start: page.start });
      else pages.delete(at);
    }
  }

  #unmap(process: Process): void {
    const range = this.#range(process);
    this.#say(`${process.space.slot} munmap ${range[0]?.toString(16)} ${range.length}`);
    process.space.munmap(range[0] as number, range.length * PAGE);
    for (const address of range) process.pages.delete(address);
  }

  #protect(process: Process): void {
    const range = this.#range(process);
    const protection = this.#one(["r", "rw", "rw"] as const);
    this.#say(`${process.space.slot} mprotect ${range[0]?.toString(16)} ${range.length} ${protection}`);
    process.space.mprotect(range[0] as number, range.length * PAGE, protection);
  }

  #fork(process: Process): void {
    if (this.#processes.length >= 3) {
      const [ended] = this.#processes.splice(this.#roll(this.#processes.length), 1) as [Process];
      this.#say(`${ended.space.slot} exit`);
      for (const pin of ended.pins.keys()) pin.unpin();
      ended.space.exit();
      return;
    }
    const child = process.space.fork();
    this.#say(`${process.space.slot} fork ${child.slot}`);
    const pages = forked(process.pages);
    for (const [address, page] of pages) {
      // What madvise(free) gave up may be gone already. The child's period begins with what is there.
      if (page.lazy && child.read(address) !== contentOf(page)) drop(page);
      page.start = page.own;
    }
    this.#processes.push(this.#process(child, pages));
  }

  #pin(process: Process): void {
    const { space, pages, pins } = process;
    if (pins.size > 3 || (pins.size > 0 && this.#roll(2) === 0)) {
      const [pin, page] = this.#one([...pins]);
      // The device stores. The page may have moved meanwhile, or its mapping may have let go of it.
      const [at] = [...pages].find(([, other]) => other === page) ?? [];
      if (at !== undefined && !page.shared && this.#roll(3) > 0) {
        const value = this.#next++;
        this.#say(`${space.slot} device ${at.toString(16)} ${value}`);
        pin.write(value);
        const { lazy } = page;
        if (this.#isStill(process, at, value)) store(page, value);
        // No entry tells of it, so what madvise(free) gave up may still go.
        page.lazy = lazy;
      }
      if (this.#roll(2) === 0) return;
      this.#say(`${space.slot} unpin ${pin.address.toString(16)}`);
      pin.unpin();
      pins.delete(pin);
      return;
    }
    const [address] = this.#somewhere(process);
    if ([...pins.keys()].some((pin) => pin.address === address)) return;
    try {
      const pin = space.pin(address, "write");
      this.#say(`${space.slot} pin ${address.toString(16)}`);
      const page = pages.get(address) as ModelPage;
      pins.set(pin, page);
      // The pin faulted the page in as a store does: a private page has a copy of its own.
      if (!page.shared) page.own = this.#readBack(process, address, page);
      page.lazy = false;
    } catch (error) {
      if ((error as { code?: string }).code !== "EFAULT") throw error;
    }
  }

  #readBack({ space }: Process, address: number, page: ModelPage): bigint {
    const found = space.tryRead(address);
    if (found !== undefined && page.lazy && found !== contentOf(page)) drop(page);
    return contentOf(page);
  }

  /** Whether the process sees what the device stored: the mapping may have moved away from under the pin. */
  #isStill({ space }: Process, at: number, value: bigint): boolean {
    const page = [...space.pages(at, at + PAGE)][0];
    return page?.value === value;
  }

  /** The machine works by itself. */
  #work(): void {
    const op = this.#one([
      "RECLAIM",
      "RECLAIM",
      "RECLAIM",
      "KSM",
      "COMPACT",
      "WRITEBACK",
      "SWAPOFF",
    ] as const);
    const a = op === "RECLAIM" || op === "WRITEBACK" ? 1 + this.#roll(48) : this.#roll(2);
    this.#say(`${op} ${a}`);
    this.#engine.execute({ op: this.#engine.layout.constant(`OP_${op}`), a, aux: op === "KSM" ? 3 : 0 });
  }

  #collect(process: Process): void {
    const { space, pages, tracking } = process;
    const clear = this.#roll(5) > 0;
    const { count, ranges } = tracking.collect({ clear });
    this.#say(`${space.slot} collect: ${[...ranges].map((at) => at.toString(16)).join(" ")}`);
    const told = new Set(expand(ranges));
    if (told.size !== count) throw new Error(`${told.size} pages, and the count says ${count}`);
    for (const [address, page] of pages) {
      if (page.lazy) {
        // Nothing runs beside this: what was dropped has been dropped before the collection.
        if (space.read(address) !== contentOf(page)) drop(page);
      }
      const must = mustReport(page);
      if (must && !told.has(address)) {
        throw new Error(`${space.slot}: the page ${address.toString(16)} changed and is not reported`);
      }
      if (must) this.#tally.changed++;
      else if (told.has(address)) this.#tally.same++;
    }
    for (const address of told) {
      if (!pages.has(address)) throw new Error(`${space.slot}: nothing is mapped at ${address.toString(16)}`);
    }
    this.#tally.reported += told.size;
    this.#tally.collections++;
    if (clear) beginPeriod(pages);
  }

  /** Saves the machine and loads it: the periods go on. */
  async #reload(): Promise<void> {
    if (!this.#savable) return;
    this.#say("save and load");
    const image = this.#engine.save();
    await this.#engine.dispose();
    this.#engine = await Engine.load(image);
    const pins = [...this.#engine.pins];
    for (const process of this.#processes) {
      process.space = this.#engine.spaces.find(({ slot }) => slot === process.space.slot) as AddressSpace;
      process.tracking = process.space.trackDirty();
      const held = [...process.pins];
      process.pins.clear();
      for (const [{ address }, page] of held) {
        const pin = pins.find((one) => one.space.slot === process.space.slot && one.address === address);
        process.pins.set(pin as Pin, page);
      }
    }
    for (const [i, file] of this.#files.entries()) file.handle = this.#engine.files[i] as typeof file.handle;
  }

  #compareAll(): void {
    for (const process of this.#processes) {
      for (const address of process.pages.keys()) this.#compare(process, address);
    }
  }
}

function expand(ranges: Float64Array): number[] {
  const all: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    for (let at = ranges[i] as number; at < (ranges[i + 1] as number); at += PAGE) all.push(at);
  }
  return all;
}

/** Whether one mapping covers both. */
function sameMapping(space: AddressSpace, first: number, at: number): boolean {
  return space.mappings().some(({ start, end }) => first >= start && at >= start && first < end && at < end);
}
