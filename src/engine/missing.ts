/**
 * Missing pages: finds the handler of the range in which an access met one, and supplies what it returns. For accesses of
 * this thread at once; for those of the worker CPUs while this thread waits for these.
 */
import type { Machine } from "../cpu/boot.js";
import type { CpuPool } from "../cpu/pool.js";
import { UsageError } from "../errors.js";
import type { Inspector } from "../inspect/memory.js";
import { type Range, registeredParts } from "../inspect/vmas.js";
import type { Encoder } from "../record/encode.js";
import { resultName } from "../record/results.js";
import { formatAddress } from "../text/numbers.js";
import { noSpace, operationError } from "./faults.js";
import type { HostCpu } from "./host-cpu.js";
import { type PageContent, SupplyRecords } from "./page-content.js";
import { type MissingHandler, type Supplied, SuppliedRanges } from "./supplied-ranges.js";

/** What a handler supplied, once its promise is kept. */
type Given = Awaited<ReturnType<MissingHandler>>;

/** A page that a worker CPU waits for. */
interface Wait {
  readonly cpu: number;
  readonly slot: number;
  readonly page: number;
}

/** The ranges with handlers of one engine, and the CPUs that wait for their pages. */
export class MissingPages {
  readonly #machine: Machine;
  readonly #cpu: HostCpu;
  readonly #encoder: Encoder;
  readonly #pool: CpuPool | undefined;
  readonly #records: SupplyRecords;
  readonly #ranges = new SuppliedRanges();
  /** Ranges whose handler runs, and has not returned. */
  readonly #running = new Set<Supplied>();
  /** By range: the pages for which its handler has returned a promise. */
  readonly #promised = new Map<Supplied, Set<number>>();
  /** Byte offsets: the word that changes when pages come, and in a CPU's block what it waits for. */
  readonly #supplied: number;
  readonly #waits: number;
  readonly #address: number;
  readonly #slot: number;
  readonly #inspector: Inspector;
  #failure: { readonly error: unknown } | undefined;

  /** The pool keeps it alive: nothing here may lead to the engine, or an engine that is forgotten would stay. */
  constructor(
    machine: Machine,
    cpu: HostCpu,
    encoder: Encoder,
    pool: CpuPool | undefined,
    inspector: Inspector,
  ) {
    this.#inspector = inspector;
    this.#machine = machine;
    this.#cpu = cpu;
    this.#encoder = encoder;
    this.#pool = pool;
    this.#records = new SupplyRecords(machine);
    const { layout } = machine;
    const struct = layout.struct("Cpu");
    this.#supplied = layout.constant("CTL") + layout.struct("Ctl").offset("supplied");
    this.#waits = struct.offset("waits");
    this.#address = struct.offset("missing");
    this.#slot = struct.offset("missingSpace");
    // Also without handlers: a snapshot, or a record, has registered what a worker CPU waits for.
    if (pool) pool.onWait = () => this.#serve();
  }

  /** True while a handler is at work. */
  get busy(): boolean {
    return this.#running.size > 0 || this.#promised.size > 0;
  }

  /**
   * Begins to supply a range; `rests`: no worker CPU changes mappings now. Throws UsageError when another handler has a part
   * of it, and what the engine refuses.
   */
  add(range: Supplied, rests: boolean): void {
    const other = this.#ranges.overlapping(range);
    if (other !== undefined) {
      throw new UsageError(
        `onMissing: a handler has the pages from ${formatAddress(other.start)} to ${formatAddress(other.end)} already`,
        "dispose of what its onMissing returned first",
      );
    }
    // A snapshot has registered ranges that have no handler, and a mapping that grew: those stay as they are.
    const before = rests ? registeredParts(this.#inspector, range.slot, range) : [];
    this.#must(this.#register(range, true), "onMissing", range.start, () => this.#undo(range, before));
    this.#ranges.add(range);
    if (this.#pool) this.#pool.attends = true;
    this.#cpu.onMissing = (what) => this.#supplyHere(what);
  }

  /** Takes back a registration that failed in the middle, but for the parts that were registered before. */
  #undo({ slot, start, end }: Supplied, before: readonly Range[]): void {
    let from = start;
    for (const part of [...before, { start: end, end }]) {
      if (part.start > from) this.#register({ slot, start: from, end: part.start }, false);
      from = part.end;
    }
  }

  /** Ends it: pages that are still absent are zero from now on, and CPUs that wait for one go on. */
  remove(range: Supplied): void {
    if (!this.#ranges.has(range)) return;
    const result = this.#register(range, false);
    // The range may have holes by now, and the address space may be gone.
    const name = resultName(this.#machine.layout, result);
    if (name === "EAGAIN") this.#must(result, "dispose of missing pages", range.start);
    this.#drop(range);
  }

  /** Forgets the handlers of an address space that has ended. */
  forget(slot: number): void {
    for (const range of this.#ranges.of(slot)) this.#drop(range);
    // Who waits there looks again, and finds what a CPU finds that comes now.
    if (!this.#cpu.disposed) this.#wake();
  }

  /** From here on nobody waits for what its handler has promised. */
  #drop(range: Supplied): void {
    this.#ranges.delete(range);
    this.#promised.delete(range);
  }

  /** Supplies a page before anybody asks for it. False: it is there already. */
  supply(range: Supplied, address: number, content: PageContent | undefined): boolean {
    const what = "supply";
    if (!this.#ranges.has(range)) {
      throw new UsageError(`${what}: the range is disposed of`, "begin again with onMissing");
    }
    const result = this.#install(range.slot, address, content, what);
    if (resultName(this.#machine.layout, result) === "EEXIST") return false;
    this.#must(result, what, address);
    return true;
  }

  /** The error of a handler that failed while a worker CPU waited, once. */
  takeFailure(): { readonly error: unknown } | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Supplies the page that this thread's CPU has just missed, and returns its address. Undefined: nobody has its range. */
  #supplyHere(what: string): number | undefined {
    const { slot, page } = this.#metBy(this.#machine.control.cpus);
    const range = this.#ranges.at(slot, page);
    if (range === undefined) return undefined;
    if (this.#running.has(range)) {
      throw new UsageError(
        `${what}: the handler for missing pages accesses its own range, at ${formatAddress(page)}`,
        "a page is there only after its handler has returned",
      );
    }
    const content = this.#ask(range, page);
    if (isPromise(content)) {
      void Promise.resolve(content).catch(() => {});
      throw new UsageError(
        `${what}: the handler for missing pages returned a promise, for ${formatAddress(page)}`,
        "a call of this thread cannot wait: return the content itself, or access the page in a batch",
      );
    }
    this.#put(range, page, content, what);
    if (range.ended()) {
      throw new UsageError(
        `${what}: the handler for missing pages has ended the address space`,
        "end it when the access is over",
      );
    }
    return page;
  }

  /** Serves the worker CPUs that wait for pages. Returns true while some wait for a promise. */
  #serve(): boolean {
    if (this.#cpu.disposed) return false;
    for (const wait of this.#waiting()) {
      if (this.#pool) this.#pool.attends = true;
      const range = this.#ranges.at(wait.slot, wait.page);
      if (range !== undefined && this.#promised.get(range)?.has(wait.page)) continue;
      // Its own handler runs further out on this thread's stack, and will return.
      if (range !== undefined && this.#running.has(range)) continue;
      if (range === undefined) this.#refuse(wait);
      else this.#begin(range, wait);
    }
    return this.#promised.size > 0;
  }

  #begin(range: Supplied, wait: Wait): void {
    const what = "a handler for missing pages";
    try {
      const content = this.#ask(range, wait.page);
      if (!isPromise(content)) {
        this.#put(range, wait.page, content, what);
        return;
      }
      this.#promised.set(range, (this.#promised.get(range) ?? new Set()).add(wait.page));
      void Promise.resolve(content)
        .then((page) => this.#put(range, wait.page, page, what))
        .catch((error) => {
          if (this.#ranges.has(range)) this.#fail(wait, error);
        })
        .finally(() => this.#kept(range, wait.page));
    } catch (error) {
      this.#fail(wait, error);
    }
  }

  /** A promise has settled. */
  #kept(range: Supplied, page: number): void {
    const pages = this.#promised.get(range);
    pages?.delete(page);
    if (pages?.size === 0) this.#promised.delete(range);
  }

  #ask(range: Supplied, page: number): ReturnType<MissingHandler> {
    this.#running.add(range);
    try {
      return range.handler(page);
    } finally {
      this.#running.delete(range);
    }
  }

  /** Supplies a page. It is no error that it is there already, or no longer wanted: the access looks again. */
  #put(range: Supplied, page: number, content: Given, what: string): void {
    if (!this.#ranges.has(range) || this.#cpu.disposed) return;
    const result = this.#install(range.slot, page, content ?? undefined, what);
    const name = resultName(this.#machine.layout, result);
    if (name !== "EEXIST" && name !== "ENOENT" && name !== "ESRCH") this.#must(result, what, page);
  }

  #install(slot: number, page: number, content: PageContent | undefined, what: string): number {
    return this.#cpu.execute(this.#records.of(slot, page, content, what), what).result;
  }

  #register({ slot, start, end }: Pick<Supplied, "slot" | "start" | "end">, on: boolean): number {
    return this.#cpu.execute(this.#encoder.register(slot, start, end - start, on), "onMissing").result;
  }

  /** Throws the error of a result; calls `undo` first. */
  #must(result: number, what: string, address: number, undo: () => void = () => {}): void {
    if (result === 0) return;
    const refused = this.#cpu.cell.lacked(result);
    undo();
    if (resultName(this.#machine.layout, result) === "ESRCH") throw noSpace(what);
    throw operationError(this.#machine, { result, anonDelta: 0, value: 0n, refused }, what, address);
  }

  /** What the worker CPUs wait for now. A CPU that has been woken and did not run yet does not count. */
  #waiting(): Wait[] {
    const { view, control } = this.#machine;
    const found: Wait[] = [];
    for (const { cpu } of this.#pool?.rings ?? []) {
      const at = control.cpuBase(cpu) + this.#waits;
      const seen = view.load(this.#supplied);
      if (view.load(at) !== seen) continue;
      const met = this.#metBy(cpu);
      // If it does not wait any more, what we have read may be of two pages.
      if (view.load(at) === seen) found.push({ cpu, ...met });
    }
    return found;
  }

  #metBy(cpu: number): { readonly slot: number; readonly page: number } {
    const { view, control, pageSize } = this.#machine;
    const base = control.cpuBase(cpu);
    const address = view.number(base + this.#address);
    return { slot: view.u32(base + this.#slot), page: address - (address % pageSize) };
  }

  /** The handler has failed: the accesses that wait for the page end with EMISSING. */
  #fail(wait: Wait, error: unknown): void {
    this.#failure ??= { error };
    if (this.#cpu.disposed) return;
    for (const other of this.#waiting()) {
      if (other.slot === wait.slot && other.page === wait.page) this.#refuse(other);
    }
  }

  /** Ends a CPU's wait for good. Pairs with the load of Cpu.waits in assembly/mm/missing.ts: the word comes first. */
  #refuse({ cpu }: Wait): void {
    const { view, control } = this.#machine;
    const seen = view.load(this.#supplied) | 0;
    const at = (control.cpuBase(cpu) + this.#waits) >>> 2;
    if (Atomics.compareExchange(view.i32, at, seen, 0) === seen) this.#wake();
  }

  #wake(): void {
    const { view } = this.#machine;
    Atomics.add(view.i32, this.#supplied >>> 2, 2);
    view.notify(this.#supplied);
  }
}

function isPromise(value: Given | PromiseLike<Given>): value is PromiseLike<Given> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
