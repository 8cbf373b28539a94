/** Operations for the worker CPUs, collected first and then run at the same time. */
import { Feeder } from "../cpu/feeder.js";
import type { Operation } from "../cpu/ring.js";
import { UsageError } from "../errors.js";
import type { Advice, Protection } from "./calls.js";
import type { MapOptions, RemapOptions } from "./encode.js";
import type { Engine } from "./engine.js";
import { resultName } from "./faults.js";
import type { AddressSpace } from "./space.js";

/** What became of one operation of a batch. */
export interface BatchResult {
  /** CPU that executed it. */
  readonly cpu: number;
  /** 0, the name of an errno, `SEGV` or `BUS`. */
  readonly result: 0 | string;
  /** The word read, the resulting address, or the count of pages touched. */
  readonly value: bigint;
}

type Step = { readonly cpu: number; readonly operation: Operation } | "sync";

/**
 * A batch. The operations of one CPU run in the order in which they were added; those of different CPUs run at the same time, in
 * any order, except that `sync()` makes all CPUs meet. A batch runs once.
 */
export class Batch {
  readonly #engine: Engine;
  readonly #steps: Step[] = [];
  #started = false;

  /** Use `engine.batch()`. */
  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Takes operations for one CPU. Throws UsageError when there is no such CPU. */
  on(cpu: number): BatchCpu {
    const { cpus } = this.#engine;
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < cpus)) {
      throw new UsageError(`there is no CPU ${cpu}`, `this engine has ${cpus} worker CPUs, from 0`);
    }
    return new BatchCpu(this.#engine, (operation) => this.#steps.push({ cpu, operation }));
  }

  /** All CPUs meet here: nothing that is added later starts before all that was added earlier has ended. */
  sync(): this {
    this.#steps.push("sync");
    return this;
  }

  /**
   * Runs the batch; resolves with one result an operation, in the order in which they were added. Rejects with
   * EngineCrashError or WatchdogError; a failed operation is a result, not an error.
   */
  async run(): Promise<BatchResult[]> {
    if (this.#started) throw new UsageError("a batch runs once", "make another with engine.batch()");
    this.#started = true;
    const { pool, encoder, layout } = this.#engine;
    const results: BatchResult[] = [];
    const cpuOf: number[] = [];
    const feeder = new Feeder(pool, encoder, (tag, { result, value }) => {
      results[tag] = { cpu: cpuOf[tag] ?? 0, result: resultName(layout, result), value };
    });
    await this.#engine.exclusive(async () => {
      for (const step of this.#steps) {
        if (step === "sync") {
          await this.#meet(feeder);
          continue;
        }
        if (!feeder.hasRoom(step.cpu)) await feeder.room(step.cpu);
        feeder.put(step.cpu, step.operation, cpuOf.push(step.cpu) - 1);
      }
      await feeder.finish();
    });
    return results;
  }

  /** Every CPU waits for where each other one stands now. */
  async #meet(feeder: Feeder): Promise<void> {
    const positions = Array.from({ length: this.#engine.cpus }, (_, cpu) => feeder.position(cpu));
    for (let cpu = 0; cpu < positions.length; cpu++) {
      for (const [other, position] of positions.entries()) {
        if (other === cpu) continue;
        if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
        feeder.wait(cpu, other, position);
      }
    }
  }
}

/** Takes the operations of one CPU of a batch; every method returns the same object. See AddressSpace for what they do. */
export class BatchCpu {
  readonly #engine: Engine;
  readonly #add: (operation: Operation) => void;

  constructor(engine: Engine, add: (operation: Operation) => void) {
    this.#engine = engine;
    this.#add = add;
  }

  read(space: AddressSpace, address: number): this {
    return this.operation(this.#engine.encoder.read(space.slot, address));
  }

  write(space: AddressSpace, address: number, value: bigint): this {
    return this.operation(this.#engine.encoder.write(space.slot, address, value));
  }

  touch(space: AddressSpace, address: number, pages: number, access: "read" | "write" = "write"): this {
    return this.operation(this.#engine.encoder.touch(space.slot, address, pages, access === "write"));
  }

  mmap(space: AddressSpace, length: number, options: MapOptions = {}): this {
    return this.operation(this.#engine.encoder.mmap(space.slot, length, options));
  }

  munmap(space: AddressSpace, address: number, length: number): this {
    return this.operation(this.#engine.encoder.munmap(space.slot, address, length));
  }

  mprotect(space: AddressSpace, address: number, length: number, protection: Protection): this {
    return this.operation(this.#engine.encoder.mprotect(space.slot, address, length, protection));
  }

  mremap(
    space: AddressSpace,
    address: number,
    length: number,
    newLength: number,
    options: RemapOptions = {},
  ): this {
    return this.operation(this.#engine.encoder.mremap(space.slot, address, length, newLength, options));
  }

  madvise(space: AddressSpace, address: number, length: number, advice: Advice): this {
    return this.operation(this.#engine.encoder.madvise(space.slot, address, length, advice));
  }

  /** Forks into an address space whose slot was taken with `engine.reserve()`. */
  fork(space: AddressSpace, child: AddressSpace): this {
    return this.operation(this.#engine.encoder.fork(space.slot, child.slot));
  }

  exit(space: AddressSpace): this {
    return this.operation(this.#engine.encoder.exit(space.slot));
  }

  /** Any operation record. */
  operation(operation: Operation): this {
    this.#add(operation);
    return this;
  }
}
