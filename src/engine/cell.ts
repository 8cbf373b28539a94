/** The cell of the calling thread's CPU: the word through which the values of direct accesses pass. */
import type { Machine } from "../cpu/boot.js";
import type { Refused } from "../record/record.js";
import { refusals } from "../record/record.js";

/** Reads and writes the cell. The numbers of a typed array are faster than the shifts of a bigint. */
export class Cell {
  readonly #u32: Uint32Array;
  readonly #u64: BigUint64Array;
  /** Index of the low half among the words of 32 bits. */
  readonly #low: number;
  readonly #whole: number;
  readonly #refused: number;
  readonly #refusals: (result: number, aux: number) => Refused | undefined;

  constructor({ memory, control, layout }: Machine) {
    const struct = layout.struct("Cpu");
    const base = control.cpuBase(control.cpus);
    this.#u32 = new Uint32Array(memory.buffer);
    this.#u64 = new BigUint64Array(memory.buffer);
    this.#low = (base + struct.offset("accessValue")) >>> 2;
    this.#whole = this.#low >>> 1;
    this.#refused = (base + struct.offset("refused")) >>> 2;
    this.#refusals = refusals(layout);
  }

  /** The low half. */
  get u32(): number {
    return this.#u32[this.#low] as number;
  }

  /** All of it. */
  get u64(): bigint {
    return this.#u64[this.#whole] as bigint;
  }

  /** All of it, rounded when it is larger than 2 ** 53. */
  get number(): number {
    return (this.#u32[this.#low] as number) + (this.#u32[this.#low + 1] as number) * 2 ** 32;
  }

  /** Sets it to a safe integer, zero or more. */
  setNumber(value: number): void {
    this.#u32[this.#low] = value;
    this.#u32[this.#low + 1] = value < 2 ** 32 ? 0 : Math.floor(value / 2 ** 32);
  }

  /** Sets it to a word. */
  setWord(value: bigint): void {
    this.#u64[this.#whole] = value;
  }

  /** What the last access that failed with a result lacked. */
  lacked(result: number): Refused | undefined {
    return this.#refusals(result, this.#u32[this.#refused] as number);
  }
}
