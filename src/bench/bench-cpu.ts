/**
 * A CPU of an engine that its own thread drives. It encodes operations once, as a block of records, and puts the
 * block into the ring as often as you want. So the clock measures the engine alone.
 */
import type { Control } from "../cpu/control.js";
import { Ring } from "../cpu/ring.js";
import { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { resultName } from "../record/results.js";
import type { EngineExports } from "../wasm/loader.js";

/** Encoded records. */
export interface Block {
  readonly bytes: Uint8Array;
  readonly records: number;
}

export class BenchCpu {
  readonly control: Control;
  readonly engine: EngineExports;
  readonly encoder: Encoder;
  readonly number: number;
  readonly #base: number;
  readonly #mask: number;
  readonly #tail: number;
  readonly #memory: Uint8Array;
  readonly #recordBytes: number;
  readonly #resultOffset: number;

  /** `engine` is this thread's instance. It is CPU `number` already. */
  constructor(control: Control, engine: EngineExports, number: number, memory: WebAssembly.Memory) {
    const { layout, view } = control;
    const cpu = layout.struct("Cpu");
    const base = control.cpuBase(number);
    const record = layout.struct("OpRecord");
    this.control = control;
    this.engine = engine;
    this.number = number;
    this.encoder = new Encoder(layout);
    this.#base = view.u32(base + cpu.offset("queueBase"));
    this.#mask = view.u32(base + cpu.offset("queueMask"));
    this.#tail = base + cpu.offset("tail");
    this.#memory = new Uint8Array(memory.buffer);
    this.#recordBytes = record.size;
    this.#resultOffset = record.offset("c");
  }

  /** Executes one operation. Throws an Error when it fails. */
  execute(operation: OpRecord): OpOutcome {
    const ring = new Ring(this.control, this.number);
    ring.write(operation);
    ring.publishHere();
    this.run();
    const outcome = ring.collect();
    if (outcome.result < 0)
      throw new Error(`an operation of the benchmark failed: ${this.#name(outcome.result)}`);
    return outcome;
  }

  /** Encodes operations. Throws an Error when there are more than the ring holds. */
  block(operations: readonly OpRecord[]): Block {
    if (operations.length > this.#mask + 1)
      throw new Error("the block of operations is larger than the ring");
    const ring = new Ring(this.control, this.number);
    const first = ring.produced;
    for (const operation of operations) ring.write(operation);
    const bytes = new Uint8Array(operations.length * this.#recordBytes);
    for (let i = 0; i < operations.length; i++) {
      const at = this.#recordAt(first + i);
      bytes.set(this.#memory.subarray(at, at + this.#recordBytes), i * this.#recordBytes);
    }
    return { bytes, records: operations.length };
  }

  /** Puts a block into the ring; `run` executes it. */
  load({ bytes, records }: Block): void {
    const { view } = this.control;
    const first = view.load(this.#tail);
    const whole = Math.min(records, this.#mask + 1 - (first & this.#mask));
    this.#memory.set(bytes.subarray(0, whole * this.#recordBytes), this.#recordAt(first));
    if (whole < records) this.#memory.set(bytes.subarray(whole * this.#recordBytes), this.#base);
    view.store(this.#tail, (first + records) >>> 0);
  }

  /** Executes what is in the ring. */
  run(): void {
    this.engine.runQueue();
  }

  /** Throws an Error when one of the last `records` operations failed: the time of a wrong answer is worth nothing. */
  verify(records: number): void {
    const { view } = this.control;
    const last = view.load(this.#tail);
    for (let i = 1; i <= records; i++) {
      const result = view.u32(this.#recordAt(last - i) + this.#resultOffset) | 0;
      if (result < 0) throw new Error(`an operation of the benchmark failed: ${this.#name(result)}`);
    }
  }

  /** A counter of this CPU, such as `statSwapIn`. */
  counter(field: string): number {
    const { layout, view } = this.control;
    return Number(view.u64(this.control.cpuBase(this.number) + layout.struct("Cpu").offset(field)));
  }

  #recordAt(index: number): number {
    return this.#base + (index & this.#mask) * this.#recordBytes;
  }

  #name(result: number): string {
    return String(resultName(this.control.layout, result));
  }
}
