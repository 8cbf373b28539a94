/**
 * A random program in which missing ranges, changed pages, events, snapshots, forks, moves, rights, advice, swap, KSM, pins and
 * batches meet, and a plain model of it: a word for each page, and whether it is there, missing or handled. It compares every
 * word, every call of a handler, every collection, and the counts of the events.
 */
import {
  type AddressSpace,
  type DirtyTracking,
  Engine,
  type EngineOptions,
  type MissingRange,
  OutOfMemory,
  type PageContent,
} from "../../dist/index.js";
import { dice } from "../support/dice.js";

const PAGE = 4096;
const PLACES = 6;
const MOST = 12;
const BASE = 0x1000_0000;
/** Most of an engine's pages: a program may use more, so pages go to swap. */
const FRAMES = 80;

/** What the programs did, so that a test sees that they did it. */
export interface Tally {
  steps: number;
  asked: number;
  supplied: number;
  changed: number;
  same: number;
  events: number;
  loaded: number;
  batched: number;
}

interface ModelPage {
  /** What a load finds; undefined: no load has found a word yet, because the page is absent. */
  own: bigint | undefined;
  /** The same when the period began; null: nobody can tell. */
  start: bigint | undefined | null;
  /** Undefined: nobody can tell. A child may share the zero page of its parent, and madvise(free) may have dropped it. */
  there: boolean | undefined;
  missing: boolean;
  rights: "rw" | "r" | "none";
  lazy: boolean;
}

interface Process {
  space: AddressSpace;
  readonly pages: Map<number, ModelPage>;
  ranges: MissingRange[];
  tracking: DirtyTracking;
}

const KINDS = ["anon", "zero", "copy", "reuse", "swapOut", "swapIn"] as const;

export class Program {
  readonly #roll: (below: number) => number;
  readonly #tally: Tally;
  readonly #options: EngineOptions;
  readonly #said: string[] = [];
  #engine: Engine;
  #processes: Process[] = [];
  #next = 1n;
  /** What the handlers were asked for since somebody looked: the process, the page, and the word that it gave. */
  #asked: { readonly process: Process; readonly address: number; readonly word: bigint }[] = [];
  /** True while a batch runs. */
  #batched = false;
  #base: number[] = [];
  #seen: number[] = [];

  private constructor(engine: Engine, options: EngineOptions, seed: number, tally: Tally) {
    this.#engine = engine;
    this.#options = options;
    this.#roll = dice(seed);
    this.#tally = tally;
    this.#beginEvents();
    this.#processes.push(this.#process(engine.spawn(), new Map()));
  }

  /** Runs a program of so many steps. Throws with the last ones where the engine and the model disagree. */
  static async run(seed: number, steps: number, given: EngineOptions, tally: Tally): Promise<void> {
    const options = { ...given, ...{ memory: FRAMES * PAGE, swap: 1024 * PAGE, metadata: 2 ** 20 } };
    const engine = await Engine.create({ ...options, events: 4096 });
    const program = new Program(engine, options, seed, tally);
    try {
      for (let step = 0; step < steps; step++) {
        await program.#step();
        program.#countEvents();
        if (program.#asked.length > 0) throw new Error("a handler was asked, and nothing was missing");
        tally.steps++;
      }
      for (const process of program.#processes) {
        program.#collect(process);
        for (const address of process.pages.keys()) program.#access(process, address, undefined);
      }
      program.#engine.check();
    } catch (error) {
      const last = program.#said.slice(-40).join("\n  ");
      throw new Error(`seed ${seed}: ${(error as Error).message}\n  ${last}`, { cause: error });
    } finally {
      await program.#engine.dispose();
    }
  }

  #process(space: AddressSpace, pages: Map<number, ModelPage>): Process {
    return { space, pages, ranges: [], tracking: space.trackDirty() };
  }

  async #step(): Promise<void> {
    const process = this.#one(this.#processes);
    const kind = process.pages.size === 0 ? 0 : this.#roll(100);
    try {
      if (kind < 6) this.#map(process);
      else if (kind < 18) this.#register(process);
      else if (kind < 19) this.#unregister(process);
      else if (kind < 24) this.#supply(process);
      else if (kind < 44) this.#accesses(process);
      else if (kind < 49) this.#touch(process);
      else if (kind < 63) this.#advise(process);
      else if (kind < 67) this.#move(process);
      else if (kind < 70) this.#unmap(process);
      else if (kind < 74) this.#protect(process);
      else if (kind < 78) this.#fork(process);
      else if (kind < 81) this.#pin(process);
      else if (kind < 87) this.#work();
      else if (kind < 93) this.#collect(process);
      else if (kind < 97) await this.#batch();
      else if (kind < 98) this.#exec(process);
      else await this.#reload();
    } catch (error) {
      if (!(error instanceof OutOfMemory)) throw error;
      throw new Error("there must be memory", { cause: error });
    }
  }

  #say(text: string): void {
    this.#said.push(text);
  }

  #one<T>(all: readonly T[]): T {
    return all[this.#roll(all.length)] as T;
  }

  /** Some pages from a random one on. */
  #range({ pages }: Process): number[] {
    const first = this.#one([...pages.keys()]);
    const wanted = 1 + this.#roll(MOST);
    const found: number[] = [];
    for (let at = first; found.length < wanted && pages.has(at); at += PAGE) found.push(at);
    return found;
  }

  #place(): number {
    return BASE + this.#roll(PLACES) * 2 * MOST * PAGE;
  }

  #map({ space, pages }: Process): void {
    const at = this.#place();
    const length = 1 + this.#roll(MOST);
    this.#say(`${space.slot} mmap ${at.toString(16)} ${length}`);
    space.mmap(length * PAGE, { at });
    for (let i = 0; i < length; i++) pages.set(at + i * PAGE, fresh());
  }

  /** Whether a handler of a range has the page. */
  #handled({ ranges }: Process, address: number): boolean {
    return ranges.some((range) => address >= range.address && address < range.address + range.length);
  }

  #register(process: Process): void {
    const range = this.#range(process);
    const [address] = range as [number];
    this.#say(`${process.space.slot} onMissing ${address.toString(16)} ${range.length}`);
    const taken = range.some((at) => this.#handled(process, at));
    try {
      process.ranges.push(
        process.space.onMissing(address, range.length * PAGE, (page) => this.#handle(process, page)),
      );
    } catch (error) {
      if (taken && (error as { code?: string }).code === "EUSAGE") return;
      throw error;
    }
    if (taken) throw new Error("two handlers have a page");
    for (const at of range) (process.pages.get(at) as ModelPage).missing = true;
  }

  /** A handler: in a batch it returns at once or later. */
  #handle(process: Process, address: number): PageContent | Promise<PageContent> {
    const word = this.#roll(3) === 0 ? 0n : this.#next++;
    this.#asked.push({ process, address, word });
    const content = word === 0n ? undefined : this.#content(word);
    const when = this.#batched ? this.#roll(3) : 0;
    if (when === 0) return content;
    return new Promise((resolve) => {
      if (when === 1) resolve(content);
      else setImmediate(() => resolve(content));
    });
  }

  /** A page that begins with the word. */
  #content(word: bigint): PageContent {
    return this.#engine.content === "full" ? new Uint8Array(BigUint64Array.of(word).buffer) : word;
  }

  #unregister(process: Process): void {
    const range = process.ranges.splice(this.#roll(process.ranges.length), 1)[0];
    if (range === undefined) return;
    this.#say(`${process.space.slot} dispose ${range.address.toString(16)} ${range.length / PAGE}`);
    range.dispose();
    for (let at = range.address; at < range.address + range.length; at += PAGE) {
      const page = process.pages.get(at);
      if (page) page.missing = false;
    }
  }

  #supply(process: Process): void {
    if (process.ranges.length === 0) return;
    const range = this.#one(process.ranges);
    const address = range.address + this.#roll(range.length / PAGE) * PAGE;
    const word = this.#next++;
    const page = process.pages.get(address);
    let result: boolean | undefined;
    try {
      result = range.supply(address, this.#content(word));
    } catch (error) {
      if ((error as { code?: string }).code !== "ENOENT") throw error;
    }
    this.#say(`${process.space.slot} supply ${address.toString(16)} ${word}: ${result}`);
    if ((result !== undefined) !== (page?.missing === true))
      throw new Error("ENOENT, and it is missing, or not");
    if (page === undefined || result === undefined) return;
    if (page.there !== undefined && result === page.there) throw new Error("it is there, or it is not");
    if (result) fill(page, word);
    else this.#find(page);
    this.#tally.supplied++;
  }

  /** The page is there, with what it had. */
  #find(page: ModelPage): void {
    if (page.there === undefined && !page.lazy) page.own = 0n;
    // What madvise(free) gave up may still go.
    page.there = page.lazy ? undefined : true;
    page.own ??= 0n;
  }

  #accesses(process: Process): void {
    for (const address of this.#range(process)) {
      const word = this.#roll(2) === 0 ? undefined : this.#next++;
      this.#access(process, address, word);
    }
  }

  /** A load, or a store of a word. */
  #access(process: Process, address: number, word: bigint | undefined): void {
    const { space } = process;
    const page = process.pages.get(address) as ModelPage;
    const tells = `${space.slot} ${word === undefined ? "read" : `write ${word}`} ${address.toString(16)}`;
    this.#say(tells);
    let outcome: "done" | "SEGV" | "EMISSING" = "done";
    let found: bigint | undefined;
    try {
      if (word === undefined) found = space.tryRead(address);
      if (word === undefined ? found === undefined : !space.tryWrite(address, word)) {
        if (space.failure !== "SEGV") throw new Error(`${tells}: ${space.failure}`);
        outcome = "SEGV";
      }
    } catch (error) {
      if ((error as { code?: string }).code !== "EMISSING") throw error;
      outcome = "EMISSING";
    }
    this.#settle(process, address, page, word, outcome, found);
  }

  /** Compares what an access did with the model, and makes it there. */
  #settle(
    process: Process,
    address: number,
    page: ModelPage,
    word: bigint | undefined,
    outcome: unknown,
    found: bigint | undefined,
  ): void {
    const at = this.#asked.findIndex((call) => call.process === process && call.address === address);
    const [asked] = at < 0 ? [] : this.#asked.splice(at, 1);
    const allowed = page.rights === "rw" || (page.rights === "r" && word === undefined);
    if (allowed !== (outcome !== "SEGV")) throw new Error(`the rights are ${page.rights}, and: ${outcome}`);
    if (!allowed) return;
    const gone = asked !== undefined || outcome === "EMISSING";
    if (gone && (!page.missing || page.there === true)) throw new Error("the page was not missing");
    if (!gone && page.missing && page.there === false) throw new Error("nobody was asked for a missing page");
    if (gone && this.#handled(process, address) !== (asked !== undefined))
      throw new Error(`asked: ${!!asked}`);
    if (outcome === "EMISSING") {
      drop(page);
      return;
    }
    this.#tally.asked += asked === undefined ? 0 : 1;
    if (asked !== undefined) fill(page, asked.word);
    else if (page.lazy && found !== undefined && found !== page.own) fill(page, 0n);
    else this.#find(page);
    if (page.there === true && found !== undefined && found !== page.own) {
      throw new Error(`${found} at ${address.toString(16)}, and not ${page.own}`);
    }
    if (word === undefined) return;
    fill(page, word);
  }

  #touch(process: Process): void {
    const range = this.#range(process);
    const access = this.#roll(2) === 0 ? "read" : "write";
    this.#say(`${process.space.slot} touch ${access} ${range[0]?.toString(16)} ${range.length}`);
    let outcome = "done";
    try {
      process.space.touch(range[0] as number, range.length, access);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "SEGV" && code !== "EMISSING") throw error;
      outcome = code;
    }
    for (const address of range) {
      const page = process.pages.get(address) as ModelPage;
      const asked = this.#asked.some((call) => call.process === process && call.address === address);
      const allowed = page.rights === "rw" || (page.rights === "r" && access === "read");
      // It ends at the first page that fails.
      if (!allowed || (page.missing && page.there !== true && !asked && !this.#handled(process, address))) {
        if (allowed && page.there === undefined && outcome === "done") continue;
        if (outcome === "done") throw new Error(`touch passed ${address.toString(16)}`);
        if (allowed && page.there === undefined) page.there = undefined;
        return;
      }
      this.#settle(process, address, page, undefined, "done", undefined);
    }
    if (outcome !== "done") throw new Error(`touch ended with ${outcome}`);
  }

  #advise({ space, pages, ...rest }: Process): void {
    const range = this.#range({ space, pages, ...rest });
    const advice = this.#one(["dontneed", "free", "cold", "pageout", "mergeable", "unmergeable"] as const);
    this.#say(`${space.slot} ${advice} ${range[0]?.toString(16)} ${range.length}`);
    space.madvise(range[0] as number, range.length * PAGE, advice);
    for (const address of range) {
      const page = pages.get(address) as ModelPage;
      if (advice === "dontneed") drop(page);
      if (advice === "free" && page.there !== false) {
        page.lazy = true;
        page.there = undefined;
      }
    }
  }

  #move({ space, pages }: Process): void {
    const first = this.#one([...pages.keys()]);
    const mapping = space.mappings().find(({ start, end }) => first >= start && first < end);
    const range: number[] = [];
    for (let at = first; range.length < 6 && mapping && at < mapping.end; at += PAGE) range.push(at);
    const to = this.#place();
    const end = to + range.length * PAGE;
    if (range.some((at) => at + PAGE > to && at < end)) return;
    const dontUnmap = this.#roll(3) === 0;
    this.#say(`${space.slot} mremap ${first.toString(16)} ${range.length} ${to.toString(16)} ${dontUnmap}`);
    space.mremap(first, range.length * PAGE, range.length * PAGE, { to, dontUnmap });
    for (const [i, at] of range.entries()) {
      const page = pages.get(at) as ModelPage;
      pages.set(to + i * PAGE, { ...page, missing: false });
      if (dontUnmap)
        pages.set(at, { ...fresh(), start: page.start, missing: page.missing, rights: page.rights });
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
    const rights = this.#one(["none", "r", "rw", "rw", "rw"] as const);
    this.#say(`${process.space.slot} mprotect ${range[0]?.toString(16)} ${range.length} ${rights}`);
    process.space.mprotect(range[0] as number, range.length * PAGE, rights);
    for (const address of range) (process.pages.get(address) as ModelPage).rights = rights;
  }

  #fork(process: Process): void {
    if (this.#processes.length >= 3) {
      const [ended] = this.#processes.splice(this.#roll(this.#processes.length), 1) as [Process];
      this.#say(`${ended.space.slot} exit`);
      ended.space.exit();
      return;
    }
    const child = process.space.fork();
    this.#say(`${process.space.slot} fork ${child.slot}`);
    const pages = new Map(
      [...process.pages].map(([address, page]) => [address, { ...page, missing: false }]),
    );
    for (const page of pages.values()) {
      // The zero page may be shared, or not.
      if (page.own === 0n && page.there) page.there = undefined;
      begin(page);
    }
    this.#processes.push(this.#process(child, pages));
  }

  /** A device stores. */
  #pin(process: Process): void {
    const [address] = this.#range(process) as [number];
    const page = process.pages.get(address) as ModelPage;
    if (page.rights !== "rw") return;
    const word = this.#next++;
    this.#say(`${process.space.slot} pin ${address.toString(16)} ${word}`);
    let outcome = "done";
    try {
      const pin = process.space.pin(address);
      pin.write(word);
      pin.unpin();
    } catch (error) {
      if ((error as { code?: string }).code !== "EMISSING") throw error;
      outcome = "EMISSING";
    }
    const { lazy } = page;
    this.#settle(process, address, page, word, outcome, undefined);
    page.lazy = lazy && outcome === "done";
    if (page.lazy) page.there = undefined;
  }

  #exec(process: Process): void {
    this.#say(`${process.space.slot} exec`);
    process.space.exec();
    process.pages.clear();
    process.ranges = [];
  }

  /** The machine works by itself. */
  #work(): void {
    const op = this.#one(["RECLAIM", "RECLAIM", "KSM", "COMPACT", "SWAPOFF"] as const);
    const a = op === "RECLAIM" ? 1 + this.#roll(48) : this.#roll(2);
    this.#say(`${op} ${a}`);
    this.#engine.execute({ op: this.#engine.layout.constant(`OP_${op}`), a, aux: op === "KSM" ? 3 : 0 });
  }

  #collect({ space, pages, tracking }: Process): void {
    const clear = this.#roll(5) > 0;
    const { count, ranges } = tracking.collect({ clear });
    this.#say(`${space.slot} collect: ${[...ranges].map((at) => at.toString(16)).join(" ")}`);
    const told = new Set<number>();
    for (let i = 0; i < ranges.length; i += 2) {
      for (let at = ranges[i] as number; at < (ranges[i + 1] as number); at += PAGE) told.add(at);
    }
    if (told.size !== count) throw new Error(`${told.size} pages, and the count says ${count}`);
    for (const [address, page] of pages) {
      // Of what madvise(free) gave up nobody knows when it went.
      const must = !page.lazy && page.start !== null && (page.own ?? 0n) !== (page.start ?? 0n);
      if (must && !told.has(address)) throw new Error(`${address.toString(16)} changed and is not reported`);
      if (must) this.#tally.changed++;
      else if (told.has(address)) this.#tally.same++;
      if (clear) begin(page);
    }
    for (const address of told) {
      if (!pages.has(address)) throw new Error(`nothing is mapped at ${address.toString(16)}`);
    }
  }

  /** Accesses by two worker CPUs, each page by one of them, beside advice that keeps the content. Handlers take their time. */
  async #batch(): Promise<void> {
    if (this.#engine.cpus < 2) return;
    const batch = this.#engine.batch();
    const done: { process: Process; address: number; word: bigint | undefined; result: number }[] = [];
    let records = 0;
    for (const process of this.#processes) {
      if (process.pages.size === 0) continue;
      const range = this.#range(process);
      for (const address of range) {
        const word = this.#roll(2) === 0 ? undefined : this.#next++;
        const cpu = batch.on(this.#roll(2));
        if (word === undefined) cpu.read(process.space, address);
        else cpu.write(process.space, address, word);
        done.push({ process, address, word, result: records++ });
      }
      if (this.#roll(2) === 0) {
        batch.on(this.#roll(2)).madvise(process.space, range[0] as number, range.length * PAGE, "pageout");
        records++;
      }
    }
    this.#say(
      `batch ${done.map(({ process, address, word }) => `${process.space.slot}:${address.toString(16)}${word === undefined ? "" : `=${word}`}`).join(" ")}`,
    );
    this.#batched = true;
    const results = await batch.run();
    this.#batched = false;
    for (const { process, address, word, result } of done) {
      const page = process.pages.get(address) as ModelPage;
      const { result: outcome, value } = results[result] as { result: unknown; value: bigint };
      const found = word === undefined && outcome === 0 ? value : undefined;
      this.#settle(process, address, page, word, outcome === 0 ? "done" : outcome, found);
      this.#tally.batched++;
    }
  }

  /** Saves the machine and loads it: ranges stay, and lose their handlers. */
  async #reload(): Promise<void> {
    this.#say("save and load");
    const image = this.#engine.save();
    await this.#engine.dispose();
    this.#engine = await Engine.load(image, { events: 4096 });
    for (const process of this.#processes) {
      process.space = this.#engine.spaces.find(({ slot }) => slot === process.space.slot) as AddressSpace;
      process.tracking = process.space.trackDirty();
      process.ranges = [];
    }
    this.#beginEvents();
    this.#tally.loaded++;
  }

  #counted(): number[] {
    const { faultAnon, faultZero, faultCow, reuse, swapOut, swapIn } = this.#engine.stats();
    return [faultAnon, faultZero, faultCow - reuse, reuse, swapOut, swapIn];
  }

  #beginEvents(): void {
    this.#base = this.#counted();
    this.#seen = KINDS.map(() => 0);
  }

  #countEvents(): void {
    for (const { kind } of this.#engine.events()) {
      const at = KINDS.indexOf(kind as (typeof KINDS)[number]);
      if (at >= 0) this.#seen[at] = (this.#seen[at] ?? 0) + 1;
      this.#tally.events++;
    }
    if (this.#options.kswapd || this.#engine.lostEvents > 0) return;
    const counted = this.#counted().map((value, i) => value - (this.#base[i] ?? 0));
    if (counted.join() !== this.#seen.join()) {
      throw new Error(`events ${KINDS.join()}: ${this.#seen.join()}, and counted ${counted.join()}`);
    }
  }
}

function fresh(): ModelPage {
  return { own: undefined, start: undefined, there: false, missing: false, rights: "rw", lazy: false };
}

/** The page comes with a word. */
function fill(page: ModelPage, word: bigint): void {
  page.own = word;
  page.there = true;
  page.lazy = false;
}

/** The page is gone. */
function drop(page: ModelPage): void {
  page.own = undefined;
  page.there = false;
  page.lazy = false;
}

/** A period begins. */
function begin(page: ModelPage): void {
  page.start = page.lazy ? null : page.own;
}
