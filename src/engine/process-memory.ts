/** The memory of a process as its program sees it: loads and stores of words, parts of words, and bytes. */

import { UsageError } from "../errors.js";
import type { OpOutcome } from "../record/record.js";
import { resultName } from "../record/results.js";
import { noOptions, show, wholeNumber, word } from "../text/arguments.js";
import { formatAddress } from "../text/numbers.js";
import type { Cell } from "./cell.js";
import type { Core } from "./core.js";
import { noSpace, OutOfMemory, operationError } from "./faults.js";
import type { HostCpu } from "./host-cpu.js";

/** Why an access did not succeed: a signal, or no memory. */
export type AccessFailure = "SEGV" | "BUS" | "ENOMEM";

/** Bits of an access to a part of a word. */
export type PartBits = 8 | 16 | 32;

/** @internal Ends a process's memory: every later access throws. */
export let endMemory: (memory: ProcessMemory) => void;
/** @internal True when it has ended. */
export let hasEnded: (memory: ProcessMemory) => boolean;

/** Sizes: an access has 2 ** size bytes. */
const WORD = 3;
const SIZES: Readonly<Record<number, number>> = { 8: 0, 16: 1, 32: 2, 64: WORD };
/** The largest values of the parts of a word, by size. */
const MOST = [0xff, 0xffff, 0xffff_ffff] as const;
/** How often an access that finds no memory is tried again, each time after a touch has found some. */
const RETRIES = 16;

/**
 * What a program does with its memory. Addresses are numbers of bytes. Every access faults if necessary: it brings the page
 * in, or copies it. With `content: "full"` an access has any address, and may reach into the next page. It is one step
 * inside of an aligned word only. With `"word"`, the default, a page holds one 64-bit word, and any address of the page names
 * it: then there is no access to parts of a word, nor to bytes (UsageError).
 */
export class ProcessMemory {
  /** Slot in the engine's table. After this address space has ended, another one may get the slot. */
  readonly slot: number;
  readonly #core: Core;
  readonly #cpu: HostCpu;
  readonly #cell: Cell;
  /** True when pages have all of their bytes. */
  readonly #full: boolean;
  readonly #pageSize: number;
  #ended = false;
  #failure: AccessFailure | undefined;
  /** The error of the access that failed last. A handler for missing pages may have thrown another one since. */
  #reason: unknown;

  /** @internal Use `engine.spawn()`. */
  constructor(core: Core, slot: number) {
    this.#core = core;
    this.#cpu = core.cpu;
    this.#cell = core.cpu.cell;
    this.#full = core.machine.content === "full";
    this.#pageSize = core.machine.pageSize;
    this.slot = slot;
  }

  /** Reads the 64-bit word at an address. */
  read(address: number): bigint {
    this.#load("read", address, WORD);
    return this.#cell.u64;
  }

  /** Reads the 64-bit word at an address as a number. Throws UsageError when a number cannot hold it exactly. */
  readNumber(address: number): number {
    this.#load("readNumber", address, WORD);
    const value = this.#cell.number;
    return Number.isSafeInteger(value) ? value : inexact(address, this.#cell.u64);
  }

  /** Reads a byte. */
  read8(address: number): number {
    this.#load("read8", address, 0);
    return this.#cell.u32;
  }

  /** Reads 16 bits, the low byte first. */
  read16(address: number): number {
    this.#load("read16", address, 1);
    return this.#cell.u32;
  }

  /** Reads 32 bits, the low byte first. */
  read32(address: number): number {
    this.#load("read32", address, 2);
    return this.#cell.u32;
  }

  /** Writes a 64-bit word. Takes the same addresses as `read`. An access that fails has stored nothing. */
  write(address: number, value: bigint | number): void {
    this.#store("write", address, value, WORD);
  }

  /** Writes a byte. */
  write8(address: number, value: number | bigint): void {
    this.#store("write8", address, value, 0);
  }

  /** Writes 16 bits, the low byte first. */
  write16(address: number, value: number | bigint): void {
    this.#store("write16", address, value, 1);
  }

  /** Writes 32 bits, the low byte first. */
  write32(address: number, value: number | bigint): void {
    this.#store("write32", address, value, 2);
  }

  /**
   * As `read`, or with `bits` as `read8`, `read16` and `read32`. Returns undefined where those throw because the access
   * gets a signal or finds no memory: `failure` says which.
   */
  tryRead(address: number, bits?: 64): bigint | undefined;
  tryRead(address: number, bits: PartBits): number | undefined;
  tryRead(address: number, bits: number = 64): bigint | number | undefined {
    const size = sizeOf("tryRead", bits);
    this.#check("tryRead", address, size);
    const result = this.#cpu.load(this.slot, address, size, "tryRead");
    if (result !== 0 && !this.#mended("tryRead", result, address, size, false)) return undefined;
    return size === WORD ? this.#cell.u64 : this.#cell.u32;
  }

  /**
   * As `write`, or with `bits` as `write8`, `write16` and `write32`. Returns false where those throw because the access gets
   * a signal or finds no memory: `failure` says which.
   */
  tryWrite(address: number, value: bigint | number, bits: PartBits | 64 = 64): boolean {
    const size = sizeOf("tryWrite", bits);
    this.#check("tryWrite", address, size);
    this.#setCell("tryWrite", value, size);
    const result = this.#cpu.store(this.slot, address, size, "tryWrite");
    return result === 0 || this.#mended("tryWrite", result, address, size, true);
  }

  /** Why the last `tryRead` or `tryWrite` that failed did so; undefined when none has. */
  get failure(): AccessFailure | undefined {
    return this.#failure;
  }

  /**
   * Reads bytes: so many into an array of its own, or as many as `into` has into that. Returns the array. Where it fails,
   * the error's address says how far it came.
   */
  readBytes(address: number, into: number | Uint8Array): Uint8Array {
    const target =
      typeof into === "number"
        ? new Uint8Array(wholeNumber("readBytes: the length", into, { unit: "bytes" }))
        : bytesOf("readBytes: the target", into);
    this.#copy("readBytes", address, target, false);
    return target;
  }

  /**
   * Writes all bytes of an array. Where it fails, the bytes before the error's address are written. Nothing is written that a
   * signal forbids from the start.
   */
  writeBytes(address: number, bytes: Uint8Array, ...none: []): void {
    noOptions("writeBytes", none);
    this.#copy("writeBytes", address, bytesOf("writeBytes: the source", bytes), true);
  }

  /** Copies page by page. Meanwhile a CPU that takes the page away waits, as for any access. */
  #copy(what: string, address: number, bytes: Uint8Array, write: boolean): void {
    this.#check(what, address, 0);
    const memory = this.#core.machine.view.bytesOfAll;
    const cpu = this.#cpu;
    let done = 0;
    try {
      while (done < bytes.length) {
        const at = address + done;
        const place = cpu.span(this.slot, at, write, what);
        if (place < 0) {
          cpu.spanEnd();
          if (!this.#supplied(place, what)) this.#mend(what, place, at, 0, write);
          continue;
        }
        const count = Math.min(this.#pageSize - (at % this.#pageSize), bytes.length - done);
        if (write) {
          memory.set(count === bytes.length ? bytes : bytes.subarray(done, done + count), place);
        } else {
          bytes.set(memory.subarray(place, place + count), done);
        }
        done += count;
      }
    } finally {
      cpu.spanEnd();
    }
  }

  #load(what: string, address: number, size: number): void {
    this.#check(what, address, size);
    const result = this.#cpu.load(this.slot, address, size, what);
    if (result !== 0) this.#again(what, result, address, size, false);
  }

  #store(what: string, address: number, value: bigint | number, size: number): void {
    this.#check(what, address, size);
    this.#setCell(what, value, size);
    const result = this.#cpu.store(this.slot, address, size, what);
    if (result !== 0) this.#again(what, result, address, size, true);
  }

  /** Throws UsageError for a space that has ended, for what is no address, and for a part of a word where there is none. */
  #check(what: string, address: number, size: number): void {
    if (this.#ended) this.#refuseEnded(what);
    if (!(Number.isSafeInteger(address) && address >= 0)) {
      wholeNumber(`${what}: the address`, address, { unit: "bytes" });
    }
    if (size !== WORD && !this.#full) this.#refusePart(what);
  }

  #setCell(what: string, value: bigint | number, size: number): void {
    if (size === WORD) {
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) this.#cell.setNumber(value);
      else this.#cell.setWord(word(`${what}: the value`, value));
      return;
    }
    const most = MOST[size] as number;
    if (typeof value === "number" && value >= 0 && value <= most && Number.isInteger(value)) {
      this.#cell.setNumber(value);
    } else {
      this.#cell.setNumber(part(what, value, most));
    }
  }

  /** True when an access has met a missing page, and a handler has supplied it. */
  #supplied(result: number, what: string): boolean {
    if (result !== this.#cpu.missed) return false;
    try {
      return this.#cpu.onMissing?.(what) !== undefined;
    } catch (error) {
      // What the handler throws comes out. That there is no memory for its page is a failure of the access.
      this.#reason = undefined;
      if (error instanceof OutOfMemory) this.#failed("ENOMEM", error);
      throw error;
    }
  }

  /** Makes an access again until it succeeds. Throws when it cannot. */
  #again(what: string, result: number, address: number, size: number, write: boolean): void {
    const value = this.#cell.u64;
    for (let left = RETRIES, now = result; now !== 0; ) {
      if (!this.#supplied(now, what)) this.#mend(what, now, address, size, write, left--);
      if (write) this.#cell.setWord(value);
      now = write
        ? this.#cpu.store(this.slot, address, size, what)
        : this.#cpu.load(this.slot, address, size, what);
    }
  }

  /** The same for a call that does not throw. False: it does not succeed. */
  #mended(what: string, result: number, address: number, size: number, write: boolean): boolean {
    try {
      this.#again(what, result, address, size, write);
      return true;
    } catch (error) {
      if (this.#reason === undefined || this.#reason !== error) throw error;
      return false;
    }
  }

  /**
   * After an access that failed: finds memory, when that was missing, as an operation does, so that the access can be made
   * again. Throws its error in all other cases.
   */
  #mend(what: string, result: number, address: number, size: number, write: boolean, left = RETRIES): void {
    const { machine, encoder } = this.#core;
    let outcome: OpOutcome = {
      result,
      anonDelta: 0,
      value: 0n,
      refused: this.#cell.lacked(result),
    };
    const name = resultName(machine.layout, result);
    if (name === "ENOMEM" && left > 0) {
      const pages = (address % this.#pageSize) + 2 ** size > this.#pageSize ? 2 : 1;
      outcome = this.#cpu.execute(encoder.touch(this.slot, address, pages, write), what);
      if (outcome.result === 0) return;
    }
    throw this.#error(outcome, what, address);
  }

  #error(outcome: OpOutcome, what: string, address: number): Error {
    const { machine } = this.#core;
    const name = resultName(machine.layout, outcome.result);
    if (name === "ESRCH") return noSpace(what);
    const error = operationError(machine, outcome, what, address);
    if (name !== "EMISSING") this.#failed(name as AccessFailure, error);
    return error;
  }

  #failed(failure: AccessFailure, error: Error): void {
    this.#failure = failure;
    this.#reason = error;
  }

  #refuseEnded(what: string): never {
    this.#cpu.mustLive(what);
    throw new UsageError(`${what}: the address space has ended`, "make another with engine.spawn()");
  }

  #refusePart(what: string): never {
    const { content } = this.#core.machine;
    const holds = content === "word" ? "a page holds one 64-bit word" : "a page holds nothing";
    throw new UsageError(
      `${what}: ${holds} here, and no bytes`,
      'create the engine with { content: "full" } for access to bytes',
    );
  }

  static {
    endMemory = (memory) => {
      memory.#ended = true;
    };
    hasEnded = (memory) => memory.#ended;
  }
}

function sizeOf(what: string, bits: number): number {
  const size = typeof bits === "number" ? SIZES[bits] : undefined;
  if (size !== undefined) return size;
  throw new UsageError(`${what}: the bits must be 8, 16, 32 or 64, not ${show(bits)}`);
}

function bytesOf(what: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new UsageError(`${what} must be a Uint8Array, not ${show(value)}`);
}

/** A value of a part of a word: a number or a bigint from 0 to `most`. */
function part(what: string, value: unknown, most: number): number {
  if (typeof value === "bigint" && value >= 0n && value <= BigInt(most)) return Number(value);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const number = typeof value === "bigint" || typeof value === "number";
  throw new UsageError(
    `${what}: the value must be a whole number from 0 to ${most}, not ${show(value)}`,
    number && value < 0 ? "value >>> 0, masked to the bits, gives the bits of a negative number" : "",
  );
}

function inexact(address: number, value: bigint): never {
  throw new UsageError(
    `readNumber: the word at ${formatAddress(address)} is ${value}, which no number holds exactly`,
    "read(address) returns a bigint",
  );
}
