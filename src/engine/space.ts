/** An address space: the calls of a process. The calling thread's CPU executes them at once. */

import { UsageError } from "../errors.js";
import type { MappedPage } from "../inspect/pages.js";
import { walkPages } from "../inspect/pages.js";
import { type Mapping, readMappings } from "../inspect/vmas.js";
import { DISPOSE } from "../platform/dispose.js";
import { type Advice, isWrite, type Protection } from "../record/calls.js";
import type { Encoder, MapOptions, RemapOptions } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { resultName } from "../record/results.js";
import { callable, noOptions, wholeNumber } from "../text/arguments.js";
import type { Core } from "./core.js";
import { type DirtyMode, DirtyTracking } from "./dirty.js";
import { noSpace, operationError } from "./faults.js";
import { type EngineFile, usableFile } from "./file.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere, mustBeOf, type Name, noHandle } from "./handle.js";
import type { HostCpu } from "./host-cpu.js";
import { MissingRange } from "./missing-range.js";
import { Pin } from "./pin.js";
import { endMemory, hasEnded, ProcessMemory } from "./process-memory.js";
import type { MissingHandler } from "./supplied-ranges.js";
import { whoMaps } from "./who-maps.js";

/** One mapping of a page. */
export interface PageUser {
  readonly space: AddressSpace;
  /** Address in bytes. */
  readonly address: number;
}

/** How `AddressSpace.mmap` maps. */
export type MmapOptions = Omit<MapOptions, "file"> & {
  /** The file to map; without it the memory is anonymous. */
  readonly file?: EngineFile;
};

/** @internal What an address space needs from its engine. */
export interface Siblings {
  readonly core: Core;
  /** The pins that are not dropped yet. */
  readonly pins: Set<Pin>;
  /** A place for one more. */
  reserve(): AddressSpace;
  /** The one in a slot. */
  at(slot: number): AddressSpace;
  /** Ends an address space, and frees its slot when no batch names it. */
  giveBack(space: AddressSpace): void;
}

/** @internal Access to an address space for the engine's own modules. */
interface SpaceAccess {
  /**
   * Returns the value as a live address space of this engine. Throws UsageError for anything else; `what` names the
   * argument.
   */
  readonly usable: (value: unknown, core: Core, what: Name) => AddressSpace;
  /** True when the value is such an address space. This is the fast check. */
  readonly live: (value: unknown, core: Core) => boolean;
  /** True when the value, an address space of this engine, has ended. Throws UsageError for anything else. */
  readonly ended: (value: unknown, core: Core, what: Name) => boolean;
  /** Ends the handle: every later use throws. */
  readonly end: (space: AddressSpace) => void;
}

/** @internal See SpaceAccess. */
export let spaceAccess: SpaceAccess;

/**
 * One address space of one engine, from `spawn()` or `fork()` to `exit()`. Addresses and lengths are numbers of bytes, values
 * are 64-bit: a bigint, or a number that is exact. Every call throws SegmentationFault, BusError, OutOfMemory or SystemCallError
 * (`code` is the errno's name) when the operation fails, UsageError for arguments that make no sense and for a space that
 * has ended or whose engine is disposed, and EngineCrashError when the engine itself broke.
 */
export class AddressSpace extends ProcessMemory {
  /** The engine that made it, to compare with yours. */
  readonly engine: object;
  readonly #siblings: Siblings;
  readonly #core: Core;
  readonly #cpu: HostCpu;
  readonly #encoder: Encoder;
  #dirty: DirtyTracking | undefined;

  /** @internal Use `engine.spawn()` or `fork()`. */
  constructor(key: typeof MADE_HERE, siblings: Siblings, slot: number) {
    mustBeMadeHere(key, "AddressSpace", "engine.spawn()");
    super(siblings.core, slot);
    this.#siblings = siblings;
    this.#core = siblings.core;
    this.#cpu = siblings.core.cpu;
    this.#encoder = siblings.core.encoder;
    this.engine = siblings.core.engine;
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    return inLine("AddressSpace", { slot: this.slot, ended: hasEnded(this) });
  }

  /** Maps `length` bytes; returns the address. */
  mmap(length: number, options?: MmapOptions): number {
    const operation = this.#encoder.mmap(this.slot, length, mapOptions(options, this.#core));
    return Number(this.#call(operation, `mmap of ${length} bytes`, options?.at).value);
  }

  /** Removes the mappings of a range. */
  munmap(address: number, length: number, ...none: []): void {
    noOptions("munmap", none);
    this.#call(this.#encoder.munmap(this.slot, address, length), "munmap", address);
  }

  /** Changes the access rights of a range. */
  mprotect(address: number, length: number, protection: Protection, ...none: []): void {
    noOptions("mprotect", none);
    const operation = this.#encoder.mprotect(this.slot, address, length, protection);
    this.#call(operation, "mprotect", address);
  }

  /** Grows, shrinks or moves a mapping; returns its address. */
  mremap(address: number, length: number, newLength: number, options?: RemapOptions): number {
    const operation = this.#encoder.mremap(this.slot, address, length, newLength, options);
    return Number(this.#call(operation, "mremap", address).value);
  }

  /** Advises the engine how you use a range. */
  madvise(address: number, length: number, advice: Advice, ...none: []): void {
    noOptions("madvise", none);
    const operation = this.#encoder.madvise(this.slot, address, length, advice);
    this.#call(operation, `madvise ${advice}`, address);
  }

  /** Moves the end of the heap and returns it. Without an argument it only returns the end. */
  brk(end = 0): number {
    return Number(this.#call(this.#encoder.brk(this.slot, end), "brk", end).value);
  }

  /** Accesses `pages` pages in order, starting at the address. Returns the number of pages. */
  touch(address: number, pages: number, access: "read" | "write" = "write"): number {
    const write = isWrite("touch: the access", access);
    const operation = this.#encoder.touch(this.slot, address, pages, write);
    return Number(this.#call(operation, `${access} of ${pages} pages`, address).value);
  }

  /** Copies the address space, copy-on-write; returns the child. */
  fork(...none: []): AddressSpace {
    noOptions("fork", none);
    this.#mustLive("fork");
    const child = this.#siblings.reserve();
    try {
      this.#call(this.#encoder.fork(this.slot, child.slot), "fork");
    } catch (error) {
      this.#siblings.giveBack(child);
      throw error;
    }
    return child;
  }

  /** Replaces everything by an empty address space. */
  exec(...none: []): void {
    noOptions("exec", none);
    this.#call(this.#encoder.exec(this.slot), "exec");
    this.#core.missing.forget(this.slot);
  }

  /** Ends the address space; every later call throws. */
  exit(...none: []): void {
    noOptions("exit", none);
    this.#call(this.#encoder.exit(this.slot), "exit");
    this.#siblings.giveBack(this);
  }

  /** Ends it unless it has ended. Does nothing when the engine is disposed, because that ended it. */
  [DISPOSE](): void {
    if (!hasEnded(this) && !this.#cpu.disposed) this.exit();
  }

  /**
   * Returns all mappings of the page at an address, by the reverse map: one entry for each page table entry, in no
   * particular order. Empty when no page is mapped there.
   */
  whoMaps(address: number): PageUser[] {
    this.#mustLive("whoMaps");
    return whoMaps(this.#core, this.slot, address).map((user) => ({
      space: this.#siblings.at(user.slot),
      address: user.address,
    }));
  }

  /**
   * Pins the page at an address, as for a device that writes or only reads it. Until `unpin` the process keeps the
   * same frame. Brings the page in and makes it this space's own, if necessary. Throws SystemCallError with `EFAULT`
   * when the process itself may not access the page in this way, and for the shared zero page.
   */
  pin(address: number, access: "read" | "write" = "write"): Pin {
    const operation = this.#encoder.pin(this.slot, address, isWrite("pin: the access", access));
    const { value } = this.#call(operation, `pin for ${access}`, address);
    return new Pin(MADE_HERE, this.#core, this.#siblings.pins, this, address, access, Number(value));
  }

  /**
   * From now on a handler supplies the absent pages of a range of private anonymous memory, as with Linux's userfaultfd. The
   * first access to a page calls the handler with the page's address, and goes on with what it returns: bytes with
   * `content: "full"`, a word with `"word"`, or nothing for zeros. Pages that are there, or in swap, stay as they are.
   *
   * A call on an address space wants the content itself; a batch also takes a promise. Meanwhile the worker CPU waits and
   * holds nothing. Where a handler fails in a batch, the access ends with `EMISSING`, and the batch rejects with its error.
   */
  onMissing(address: number, length: number, handler: MissingHandler, ...none: []): MissingRange {
    noOptions("onMissing", none);
    this.#mustLive("onMissing");
    const { pageSize } = this.#core.machine;
    const start = wholeNumber("onMissing: the address", address, { unit: "bytes" });
    const bytes = wholeNumber("onMissing: the length", length, { unit: "bytes", low: 1 });
    callable("onMissing: the handler", handler);
    const end = start + Math.ceil(bytes / pageSize) * pageSize;
    return new MissingRange(MADE_HERE, this.#core, {
      ...{ slot: this.slot, start, end, handler, ended: () => hasEnded(this) },
    });
  }

  /**
   * A hash of its own pages: address and content of every anonymous page, in a frame or in swap. Does not count pages
   * of files or shared memory, nor pages that were never written. Brings no page in.
   */
  contentHash(): bigint {
    return this.#call(this.#encoder.hash(this.slot), "contentHash").value;
  }

  /**
   * Tracks from now on which pages change. `collect()` of the result tells them. If the tracking is on already, you get
   * the same one, and its period goes on; so it does in an engine that was loaded from a snapshot. A child of `fork` is
   * not tracked.
   */
  trackDirty(...none: []): DirtyTracking {
    noOptions("trackDirty", none);
    this.#mustLive("trackDirty");
    if (this.#dirty?.active) return this.#dirty;
    const { machine } = this.#core;
    const call = (from: number, mode: DirtyMode, what: string) =>
      Number(this.#call(this.#encoder.dirty(this.slot, from, mode), what).value);
    const at = machine.control.cpuBase(machine.control.cpus) + machine.layout.constant("CPU_GATHER");
    const { view, layout } = machine;
    this.#dirty = new DirtyTracking(MADE_HERE, call, { view, layout, at });
    return this.#dirty;
  }

  /** Its mappings, ascending. Throws UsageError while a batch runs. */
  mappings(): Mapping[] {
    this.#mustLive("mappings");
    this.#core.mustRest("mappings");
    return this.#core.still(() => readMappings(this.#core.inspector, this.slot));
  }

  /**
   * Its mapped pages in [start, end) bytes, ascending. It reads them as you ask for them, some hundreds at a time, so a large
   * address space takes little memory; `[...space.pages()]` makes an array. Between two of them you may change the address
   * space: what you see then is what is there when it is read. Throws UsageError while a batch runs, at each step.
   */
  pages(start?: number, end?: number): IterableIterator<MappedPage> {
    this.#mustLive("pages");
    const from = start === undefined ? undefined : wholeNumber("pages: the start", start, { unit: "bytes" });
    const to = end === undefined ? undefined : wholeNumber("pages: the end", end, { unit: "bytes" });
    this.#core.mustRest("pages");
    return this.#pagesFrom(from, to);
  }

  *#pagesFrom(from = 0, to?: number): Generator<MappedPage, undefined> {
    for (let next: number | undefined = from; next !== undefined; ) {
      this.#mustLive("pages");
      this.#core.mustRest("pages");
      const at: number = next;
      const some = this.#core.still(() => firstOf(walkPages(this.#core.inspector, this.slot, at, to), PAGES));
      yield* some;
      const last = some.at(-1);
      next =
        some.length === PAGES && last !== undefined ? last.address + this.#core.machine.pageSize : undefined;
    }
    return undefined;
  }

  #call(operation: OpRecord, what: string, address?: number): OpOutcome {
    if (hasEnded(this)) this.#mustLive(what);
    const outcome = this.#cpu.execute(operation, what);
    if (outcome.result < 0) throw this.#error(outcome, what, address);
    return outcome;
  }

  #error(outcome: OpOutcome, what: string, address?: number): Error {
    const { machine } = this.#core;
    if (resultName(machine.layout, outcome.result) !== "ESRCH")
      return operationError(machine, outcome, what, address);
    return noSpace(what);
  }

  /** The slot of an ended address space may belong to another one. */
  #mustLive(what: string): void {
    this.#cpu.mustLive(what);
    if (hasEnded(this)) {
      throw new UsageError(`${what}: the address space has ended`, "make another with engine.spawn()");
    }
  }

  static {
    const spaceOf = (value: unknown, core: Core, what: Name): AddressSpace => {
      if (typeof value !== "object" || value === null || !(#core in value)) {
        return noHandle(what, "an AddressSpace", value, "engine.spawn()");
      }
      mustBeOf(what, value.#core, core);
      return value;
    };
    spaceAccess = {
      usable: (value, core, what) => {
        const space = spaceOf(value, core, what);
        if (hasEnded(space)) throw new UsageError(`${what()} has ended`, "make another with engine.spawn()");
        return space;
      },
      live: (value, core) =>
        typeof value === "object" &&
        value !== null &&
        #core in value &&
        !hasEnded(value) &&
        value.#core === core,
      ended: (value, core, what) => hasEnded(spaceOf(value, core, what)),
      end: endMemory,
    };
  }
}

/** Pages that `pages` reads at a time: of one table. */
const PAGES = 512;

/** The first ones, as an array. */
function firstOf<T>(all: Iterable<T>, most: number): T[] {
  const some: T[] = [];
  for (const one of all) if (some.push(one) === most) break;
  return some;
}

/** @internal Options of mmap with the slot of the file. The encoder checks the other options. */
export function mapOptions(options: MmapOptions | undefined, core: Core): MapOptions | undefined {
  if (typeof options !== "object" || options === null || options.file === undefined) {
    return options as MapOptions | undefined;
  }
  return { ...options, file: usableFile(options.file, core, () => "mmap: the file").slot };
}
