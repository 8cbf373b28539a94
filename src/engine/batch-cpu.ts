/** The operations of one CPU of a batch. */

import type { Many } from "../cpu/many.js";
import { type Advice, isWrite, type Protection } from "../record/calls.js";
import { checkedRecord } from "../record/checked.js";
import type { RemapOptions } from "../record/encode.js";
import type { OpRecord } from "../record/record.js";
import { noOptions } from "../text/arguments.js";
import { type Accesses, checkedAccesses } from "./accesses.js";
import type { Core } from "./core.js";
import type { EngineFile } from "./file.js";
import { INSPECT, inLine, type MADE_HERE, mustBeMadeHere } from "./handle.js";
import { type AddressSpace, type MmapOptions, mapOptions, spaceAccess } from "./space.js";

/** What a CPU does in one step: an operation, or many accesses. */
export type Work = OpRecord | Many;

/** A handle that must keep its slot until the step has run: a mapping's file, a fork's child. */
export type Second = AddressSpace | EngineFile;

/** Adds an operation with the handles that it names; `what` is the method's name. */
export type Add = (
  what: string,
  operation: Work,
  space: AddressSpace | undefined,
  second: Second | undefined,
) => void;

/**
 * Takes the operations of one CPU of a batch; every method returns the same object. See AddressSpace for what they
 * do. They check their arguments at once, and throw UsageError.
 */
export class BatchCpu {
  /** The engine that made it, to compare with yours. */
  readonly engine: object;
  readonly #core: Core;
  readonly #cpu: number;
  readonly #add: Add;

  /** @internal Use `batch.on(cpu)`. */
  constructor(key: typeof MADE_HERE, core: Core, cpu: number, add: Add) {
    mustBeMadeHere(key, "BatchCpu", "batch.on(cpu)");
    this.#core = core;
    this.engine = core.engine;
    this.#cpu = cpu;
    this.#add = add;
  }

  /** What `console.log` shows. */
  [INSPECT](): string {
    return inLine("BatchCpu", { cpu: this.#cpu });
  }

  /** Reads the word at an address. The result has it as `value`. */
  read(space: AddressSpace, address: number): this {
    return this.#put("read", space, this.#core.encoder.read(this.#slot("read", space), address));
  }

  /** Writes a word at an address. */
  write(space: AddressSpace, address: number, value: bigint | number): this {
    return this.#put("write", space, this.#core.encoder.write(this.#slot("write", space), address, value));
  }

  /** Accesses pages in order, one word of each, until one access fails. */
  touch(space: AddressSpace, address: number, pages: number, access: "read" | "write" = "write"): this {
    const write = isWrite("touch: the access", access);
    return this.#put(
      "touch",
      space,
      this.#core.encoder.touch(this.#slot("touch", space), address, pages, write),
    );
  }

  /**
   * Makes many accesses of one address space, which come in typed arrays and leave their outcomes there. It costs this thread a
   * tenth of what as many calls cost. The result has the number of accesses that succeeded as `value`, and is that of the
   * first that failed. Throws UsageError when an access makes no sense.
   */
  accesses(space: AddressSpace, arrays: Accesses, ...none: []): this {
    noOptions("accesses", none);
    const unaligned = this.#core.machine.content === "full" ? 7 : 0;
    return this.#put("accesses", space, checkedAccesses(this.#slot("accesses", space), arrays, unaligned));
  }

  /** Maps memory. The result has the address as `value`. */
  mmap(space: AddressSpace, length: number, options?: MmapOptions): this {
    const map = mapOptions(options, this.#core);
    return this.#put(
      "mmap",
      space,
      this.#core.encoder.mmap(this.#slot("mmap", space), length, map),
      options?.file,
    );
  }

  /** Unmaps a range. */
  munmap(space: AddressSpace, address: number, length: number, ...none: []): this {
    noOptions("munmap", none);
    return this.#put(
      "munmap",
      space,
      this.#core.encoder.munmap(this.#slot("munmap", space), address, length),
    );
  }

  /** Changes the protection of a range. */
  mprotect(space: AddressSpace, address: number, length: number, protection: Protection, ...none: []): this {
    noOptions("mprotect", none);
    const { encoder } = this.#core;
    return this.#put(
      "mprotect",
      space,
      encoder.mprotect(this.#slot("mprotect", space), address, length, protection),
    );
  }

  /** Moves, grows or shrinks a mapping. The result has the new address as `value`. */
  mremap(
    space: AddressSpace,
    address: number,
    length: number,
    newLength: number,
    options?: RemapOptions,
  ): this {
    const { encoder } = this.#core;
    return this.#put(
      "mremap",
      space,
      encoder.mremap(this.#slot("mremap", space), address, length, newLength, options),
    );
  }

  /** Gives an advice about a range. */
  madvise(space: AddressSpace, address: number, length: number, advice: Advice, ...none: []): this {
    noOptions("madvise", none);
    return this.#put(
      "madvise",
      space,
      this.#core.encoder.madvise(this.#slot("madvise", space), address, length, advice),
    );
  }

  /** Forks into an address space from `engine.reserve()`. */
  fork(space: AddressSpace, child: AddressSpace, ...none: []): this {
    noOptions("fork", none);
    const into = spaceAccess.usable(child, this.#core, () => "fork: the child").slot;
    return this.#put("fork", space, this.#core.encoder.fork(this.#slot("fork", space), into), child);
  }

  /** Ends an address space. Its handle has ended after the run. */
  exit(space: AddressSpace, ...none: []): this {
    noOptions("exit", none);
    return this.#put("exit", space, this.#core.encoder.exit(this.#slot("exit", space)));
  }

  /** Adds any operation record. It names slots, and nothing checks what is in them when the batch runs. */
  operation(operation: OpRecord): this {
    this.#add(
      "operation",
      checkedRecord(this.#core.machine.layout, "operation", operation, false),
      undefined,
      undefined,
    );
    return this;
  }

  #put(what: string, space: AddressSpace, operation: Work, second?: Second | undefined): this {
    this.#add(what, operation, space, second);
    return this;
  }

  /** The slot of an address space that this batch may use. */
  #slot(what: string, space: AddressSpace): number {
    if (spaceAccess.live(space, this.#core)) return space.slot;
    return spaceAccess.usable(space, this.#core, () => `${what}: the address space`).slot;
  }
}
