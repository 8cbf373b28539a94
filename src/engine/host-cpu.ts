/** The calling thread as a CPU: it executes operations at once, until the engine crashes or is disposed. */

import type { Machine } from "../cpu/boot.js";
import type { Control } from "../cpu/control.js";
import { crashError } from "../cpu/panic.js";
import type { CpuPool } from "../cpu/pool.js";
import { Ring } from "../cpu/ring.js";
import { type RmapError, UsageError } from "../errors.js";
import { mayBlock } from "../platform/pause.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import type { EngineExports } from "../wasm/loader.js";
import { Cell } from "./cell.js";

/**
 * What a CPU whose thread may not block may spin in one operation, in the engine's unit: 1024 loads and more. On an idle
 * machine that is about ten seconds.
 */
const SPINS = 2 ** 23;

export class HostCpu {
  /** Where direct accesses leave and find their value. */
  readonly cell: Cell;
  /**
   * Supplies the page that an operation of this CPU has missed, so that the operation can be made again. Returns the page's
   * address, or undefined when nobody has it. Undefined while there are no handlers. `what` names the call.
   */
  onMissing: ((what: string) => number | undefined) | undefined;
  /** The result of an operation that missed a page. */
  readonly missed: number;
  readonly #touch: number;
  readonly #mlock: number;
  readonly #pageSize: bigint;
  readonly #control: Control;
  readonly #exports: EngineExports;
  readonly #ring: Ring;
  readonly #pool: CpuPool | undefined;
  /** Byte offset of the word that makes the engine spin where it would sleep; 0: this thread may sleep. */
  readonly #spins: number;
  /** The result of a direct access on an engine that has stopped. */
  readonly #stopped: number;
  /** Direct accesses so far. */
  #direct = 0;
  #failure: RmapError | undefined;
  #disposed = false;

  constructor(machine: Machine, pool: CpuPool | undefined) {
    this.#control = machine.control;
    this.#exports = machine.host;
    this.#ring = new Ring(machine.control, machine.control.cpus);
    this.#pool = pool;
    const { control, layout, view } = machine;
    this.cell = new Cell(machine);
    this.#stopped = layout.constant("STOPPED");
    this.missed = -layout.constant("EMISSING");
    this.#touch = layout.constant("OP_TOUCH");
    this.#mlock = layout.constant("OP_MLOCK");
    this.#pageSize = BigInt(machine.pageSize);
    const field = layout.struct("Cpu").offset("spins");
    this.#spins = mayBlock(view.i32) ? 0 : control.cpuBase(control.cpus) + field;
  }

  /** Count of operations executed, modulo 2 ** 32. */
  get executed(): number {
    return (this.#ring.produced + this.#direct) >>> 0;
  }

  /**
   * Loads 2 ** size bytes into the cell, without a record. Returns the result: 0, -errno, or -(1000 + signal). Throws as
   * `execute` does. The address is a safe integer, zero or more.
   */
  load(slot: number, address: number, size: number, what: string): number {
    this.#beginDirect(what);
    let result: number;
    try {
      result = this.#exports.accessHere(slot, address, size, 0);
    } catch (error) {
      this.#crash(error);
    }
    return result === this.#stopped ? this.#crash(OTHER_CPU) : result;
  }

  /** Stores the low 2 ** size bytes of the cell. As `load`. */
  store(slot: number, address: number, size: number, what: string): number {
    this.#beginDirect(what);
    let result: number;
    try {
      result = this.#exports.accessHere(slot, address, size, 1);
    } catch (error) {
      this.#crash(error);
    }
    return result === this.#stopped ? this.#crash(OTHER_CPU) : result;
  }

  /**
   * Begins an access to the bytes of a page, from the address to the page's end. Returns the byte offset where they stand
   * in the memory, or a negative result. Call `spanEnd` soon: other CPUs may wait for it.
   */
  span(slot: number, address: number, write: boolean, what: string): number {
    this.#beginDirect(what);
    let result: number;
    try {
      result = this.#exports.span(slot, address, write ? 1 : 0);
    } catch (error) {
      this.#crash(error);
    }
    return result === this.#stopped ? this.#crash(OTHER_CPU) : result;
  }

  /** Ends the access that `span` began, if any. */
  spanEnd(): void {
    this.#exports.spanEnd();
  }

  /**
   * Executes one operation. Throws UsageError, which names `what`, when the engine is disposed. Throws
   * EngineCrashError when the engine has crashed. Throws what a handler for missing pages throws.
   */
  execute(operation: OpRecord, what = "a call"): OpOutcome {
    let outcome = this.#once(operation, what);
    if (outcome.result !== this.missed) return outcome;
    let rest = operation;
    let touched = 0n;
    while (outcome.result === this.missed) {
      const page = this.onMissing?.(what);
      if (page === undefined) break;
      if (operation.op === this.#touch) {
        // It goes on behind the pages that it has accessed, as on a worker CPU.
        touched += outcome.value;
        const { a = 0, b = 0 } = rest;
        rest = { ...rest, a: BigInt(a) + outcome.value * this.#pageSize, b: BigInt(b) - outcome.value };
      } else if (operation.op === this.#mlock) {
        // As in Linux, it looks at no page twice: the mappings are marked, and what lies before the page is there.
        const { a = 0, b = 0 } = rest;
        rest = { ...rest, a: page, b: BigInt(a) + BigInt(b) - BigInt(page) };
      }
      const { anonDelta } = outcome;
      const next = this.#once(rest, what);
      outcome = { ...next, anonDelta: anonDelta + next.anonDelta };
    }
    return { ...outcome, value: outcome.value + touched };
  }

  #once(operation: OpRecord, what: string): OpOutcome {
    if (this.#failure !== undefined) this.#refuse(what);
    this.#pool?.assertRunning();
    const ring = this.#ring;
    const control = this.#control;
    ring.write(operation);
    ring.publishHere();
    if (this.#spins !== 0) this.#allowSpins();
    if (control.panicked) this.#crash(OTHER_CPU);
    try {
      this.#exports.runQueue();
    } catch (error) {
      this.#crash(error);
    }
    // The run ends early and without a trap when another CPU panics meanwhile.
    if (control.panicked) this.#crash(OTHER_CPU);
    return ring.collect();
  }

  /** The ring, for a replay that fills it itself: `drain` runs what is in it. */
  get ring(): Ring {
    return this.#ring;
  }

  /** Runs all records in the ring. Throws as `execute` does. */
  drain(): void {
    this.#ring.publishHere();
    this.guard((exports) => exports.runQueue());
  }

  /** Runs the engine in another way, with the same errors. */
  guard<T>(run: (exports: EngineExports) => T): T {
    if (this.#failure !== undefined) this.#refuse("a call");
    this.#pool?.assertRunning();
    let result: T;
    try {
      if (this.#control.panicked) throw OTHER_CPU;
      if (this.#spins !== 0) this.#allowSpins();
      result = run(this.#exports);
    } catch (error) {
      this.#crash(error);
    }
    if (this.#control.panicked) this.#crash(OTHER_CPU);
    return result;
  }

  /** True once the engine is disposed. */
  get disposed(): boolean {
    return this.#disposed;
  }

  /** Disposes the engine: from here on it executes nothing. */
  dispose(): void {
    this.#disposed = true;
    this.#failure = disposedError("a call");
  }

  /** Throws UsageError when the engine is disposed. */
  mustLive(what: string): void {
    if (this.#disposed) throw disposedError(what);
  }

  /** The thread of a page may not sleep: says how long the next operation may spin instead. */
  #allowSpins(): void {
    this.#control.view.store(this.#spins, SPINS);
  }

  #beginDirect(what: string): void {
    if (this.#failure !== undefined) this.#refuse(what);
    this.#pool?.assertRunning();
    if (this.#spins !== 0) this.#allowSpins();
    this.#direct++;
  }

  #refuse(what: string): never {
    this.mustLive(what);
    throw this.#failure;
  }

  #crash(error: unknown): never {
    this.#control.stopForCrash(this.#control.cpus);
    this.#failure = crashError(this.#control, error instanceof Error ? error.message : String(error));
    throw this.#failure;
  }
}

const OTHER_CPU = "another CPU stopped the engine";

/** The error for a call on a disposed engine. */
export function disposedError(what: string): UsageError {
  return new UsageError(`${what}: the engine is disposed`, "create a new one with Engine.create()");
}
