/** An address space: the calls that a process makes, executed at once on the calling thread's CPU. */
import type { Operation, Outcome } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import type { MappedPage } from "../inspect/pages.js";
import { walkPages } from "../inspect/pages.js";
import { type Mapping, readMappings } from "../inspect/vmas.js";
import type { Advice, Protection } from "./calls.js";
import type { MapOptions, RemapOptions } from "./encode.js";
import type { Engine } from "./engine.js";
import { operationError } from "./faults.js";
import type { EngineFile } from "./file.js";
import { Pin } from "./pin.js";

/** One place where a page is mapped. */
export interface PageUser {
  readonly space: AddressSpace;
  /** Address in bytes. */
  readonly address: number;
}

/** How `AddressSpace.mmap` maps. */
export type MmapOptions = Omit<MapOptions, "file"> & {
  /** The file that is mapped; without it the memory is anonymous. */
  readonly file?: EngineFile;
};

/**
 * One address space. Addresses and lengths are numbers of bytes, values are 64-bit (bigint). Every call throws
 * SegmentationFault, BusError, OutOfMemory or SystemCallError (`code` is the errno's name) when the operation fails,
 * and EngineCrashError when the engine itself broke.
 */
export class AddressSpace {
  /** Slot in the engine's table. */
  readonly slot: number;
  readonly engine: Engine;
  #ended = false;

  /** Use `engine.spawn()` or `fork()`. */
  constructor(engine: Engine, slot: number) {
    this.engine = engine;
    this.slot = slot;
  }

  /** Maps `length` bytes; returns the address. */
  mmap(length: number, options: MmapOptions = {}): number {
    const { file, ...rest } = options;
    const map = file === undefined ? rest : { ...rest, file: file.slot };
    const operation = this.engine.encoder.mmap(this.slot, length, map);
    return Number(this.#call(operation, `mmap of ${length} bytes`, options.at ?? 0).value);
  }

  /** Removes the mappings of a range. */
  munmap(address: number, length: number): void {
    this.#call(this.engine.encoder.munmap(this.slot, address, length), "munmap", address);
  }

  /** Changes what may be done with a range. */
  mprotect(address: number, length: number, protection: Protection): void {
    this.#call(this.engine.encoder.mprotect(this.slot, address, length, protection), "mprotect", address);
  }

  /** Grows, shrinks or moves a mapping; returns its address. */
  mremap(address: number, length: number, newLength: number, options: RemapOptions = {}): number {
    const operation = this.engine.encoder.mremap(this.slot, address, length, newLength, options);
    return Number(this.#call(operation, "mremap", address).value);
  }

  /** Tells the engine what a range is used for. */
  madvise(address: number, length: number, advice: Advice): void {
    const what = `madvise ${advice}`;
    this.#call(this.engine.encoder.madvise(this.slot, address, length, advice), what, address);
  }

  /** Moves the end of the heap; without an argument only asks. Returns the end. */
  brk(end = 0): number {
    return Number(this.#call(this.engine.encoder.brk(this.slot, end), "brk", end).value);
  }

  /** Reads the 64-bit word at an address, with a fault if there is need. */
  read(address: number): bigint {
    return this.#call(this.engine.encoder.read(this.slot, address), "read", address).value;
  }

  /** Writes a 64-bit word, with a fault if there is need. */
  write(address: number, value: bigint): void {
    this.#call(this.engine.encoder.write(this.slot, address, value), "write", address);
  }

  /** Accesses `pages` pages in order; returns how many. */
  touch(address: number, pages: number, access: "read" | "write" = "write"): number {
    const operation = this.engine.encoder.touch(this.slot, address, pages, access === "write");
    return Number(this.#call(operation, `${access} of ${pages} pages`, address).value);
  }

  /** Copies the address space, copy-on-write; returns the child. */
  fork(): AddressSpace {
    const child = this.engine.reserve();
    try {
      this.#call(this.engine.encoder.fork(this.slot, child.slot), "fork", 0);
    } catch (error) {
      this.engine.release(child);
      throw error;
    }
    return child;
  }

  /** Replaces everything by an empty address space. */
  exec(): void {
    this.#call(this.engine.encoder.exec(this.slot), "exec", 0);
  }

  /** Ends the address space; every later call throws. */
  exit(): void {
    this.#call(this.engine.encoder.exit(this.slot), "exit", 0);
    this.#ended = true;
    this.engine.release(this);
  }

  /**
   * Who maps the page that is mapped at an address: the reverse map's answer, one entry a page table entry,
   * in no particular order. Empty when no page is mapped there.
   */
  whoMaps(address: number): PageUser[] {
    this.#mustLive("whoMaps");
    return this.engine.whoMaps(this, address);
  }

  /**
   * Pins the page at an address, as for a device that writes it, or only reads it: until `unpin` the process goes on
   * seeing that very frame. Brings the page in, and makes it this space's own, if there is need. Throws
   * SystemCallError: `EFAULT` for what the process itself could not access so, and for the shared zero page.
   */
  pin(address: number, access: "read" | "write" = "write"): Pin {
    const write = access === "write";
    const { value } = this.#call(
      this.engine.encoder.pin(this.slot, address, write),
      `pin for ${access}`,
      address,
    );
    return new Pin(this, address, access, Number(value));
  }

  /**
   * A hash over what its own pages hold: address and content of every anonymous page, be it in its frame or in swap.
   * Pages of files and of shared memory do not count, nor does what was never written. Nothing is brought in.
   */
  contentHash(): bigint {
    return this.#call(this.engine.encoder.hash(this.slot), "contentHash", 0).value;
  }

  /** Its mappings, ascending. No batch may be running. */
  mappings(): Mapping[] {
    return this.engine.still(() => readMappings(this.engine.inspector, this.slot));
  }

  /** Its mapped pages in [start, end) bytes, ascending. No batch may be running. */
  pages(start?: number, end?: number): MappedPage[] {
    return this.engine.still(() => [...walkPages(this.engine.inspector, this.slot, start, end)]);
  }

  #call(operation: Operation, what: string, address: number): Outcome {
    this.#mustLive(what);
    const outcome = this.engine.execute(operation);
    if (outcome.result < 0) throw operationError(this.engine.layout, outcome, what, address);
    return outcome;
  }

  /** Another address space may live in the slot of one that has ended. */
  #mustLive(what: string): void {
    if (this.#ended) throw new UsageError(`${what}: the address space has ended`);
  }
}
