/** Pointers that CPUs have read: an access to the object depends on the read. */
import type { ViewMachine } from "../views/machine.js";
import type { Value } from "./access.js";

/**
 * The object that a value points to or into, as a number that no other object has: an offset at a multiple of 4 in the
 * engine's memory. 0: the value is no pointer. It gets 32 bits of a value, or the offset of an access.
 */
export type ObjectOf = (value: number) => number;

/** Hears of dependencies: the machine of views, or who records them. */
export type Dependent = Pick<ViewMachine, "depend">;

export class Pointers {
  readonly #objectOf: ObjectOf | undefined;
  /** For each CPU, by object / 4: the number of the read that gave the pointer last, and 1. */
  readonly #reads: readonly Int32Array[];
  /** For each CPU, the objects / 4 of which it has read a pointer. */
  readonly #known: readonly number[][];
  /** By mark and CPU: those objects, each with its read. */
  readonly #marked: number[][][] = [];

  /** `bytes`: of the engine's memory. */
  constructor(cpus: number, bytes: number, objectOf: ObjectOf | undefined) {
    this.#objectOf = objectOf;
    const words = objectOf === undefined ? 0 : (bytes >>> 2) + 1;
    this.#reads = Array.from({ length: cpus }, () => new Int32Array(words));
    this.#known = this.#reads.map(() => []);
  }

  /** A CPU has read a value. Both halves of a wide one may be pointers: an entry of a page table has one in each. */
  note(cpu: number, value: Value, read: number): void {
    if (this.#objectOf === undefined) return;
    if (typeof value === "number") this.#note(cpu, value, read);
    else {
      this.#note(cpu, Number(value & 0xffff_ffffn), read);
      this.#note(cpu, Number(value >> 32n), read);
    }
  }

  /** The next access of a CPU is to `at`. */
  depend(machine: Dependent, cpu: number, at: number): void {
    const read = this.#find(cpu, at);
    if (read >= 0) machine.depend(cpu, "address", read);
  }

  /** The next access of a CPU stores a value. */
  dependOnValue(machine: Dependent, cpu: number, value: Value): void {
    if (typeof value === "number") this.#dependOnHalf(machine, cpu, value);
    else {
      this.#dependOnHalf(machine, cpu, Number(value & 0xffff_ffffn));
      this.#dependOnHalf(machine, cpu, Number(value >> 32n));
    }
  }

  /** Calls back for each object of which a CPU has read a pointer, in any order. */
  each(cpu: number, tell: (object: number, read: number) => void): void {
    const reads = this.#reads[cpu] as Int32Array;
    for (const word of this.#known[cpu] as readonly number[]) tell(word, (reads[word] as number) - 1);
  }

  clear(): void {
    for (const [cpu, known] of this.#known.entries()) {
      const reads = this.#reads[cpu] as Int32Array;
      for (const word of known) reads[word] = 0;
      known.length = 0;
    }
  }

  /** Notes what the CPUs have read, by numbers from 0 on. */
  mark(number: number): void {
    const kept = this.#marked[number] ?? this.#known.map(() => []);
    this.#marked[number] = kept;
    for (let cpu = 0; cpu < kept.length; cpu++) {
      const [known, reads] = [this.#known[cpu] as number[], this.#reads[cpu] as Int32Array];
      const list = kept[cpu] as number[];
      list.length = 0;
      for (let i = 0; i < known.length; i++)
        list.push(known[i] as number, reads[known[i] as number] as number);
    }
  }

  /** Goes back to it. */
  back(number: number): void {
    this.clear();
    const kept = this.#marked[number] as number[][];
    for (let cpu = 0; cpu < kept.length; cpu++) {
      const [known, reads] = [this.#known[cpu] as number[], this.#reads[cpu] as Int32Array];
      const list = kept[cpu] as number[];
      for (let i = 0; i < list.length; i += 2) {
        known.push(list[i] as number);
        reads[list[i] as number] = list[i + 1] as number;
      }
    }
  }

  #note(cpu: number, value: number, read: number): void {
    const word = (this.#objectOf?.(value) ?? 0) >>> 2;
    if (word === 0) return;
    const reads = this.#reads[cpu] as Int32Array;
    if (reads[word] === 0) (this.#known[cpu] as number[]).push(word);
    reads[word] = read + 1;
  }

  #dependOnHalf(machine: Dependent, cpu: number, value: number): void {
    const read = this.#find(cpu, value);
    if (read >= 0) machine.depend(cpu, "data", read);
  }

  /** The read that gave a CPU the pointer to an object; -1 if there is none. */
  #find(cpu: number, at: number): number {
    if (this.#objectOf === undefined) return -1;
    const word = this.#objectOf(at) >>> 2;
    return word === 0 ? -1 : ((this.#reads[cpu] as Int32Array)[word] as number) - 1;
  }
}
