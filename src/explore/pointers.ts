/** Pointers that CPUs have read: an access to the object depends on the read. */
import type { ViewMachine } from "../views/machine.js";
import type { Value } from "./access.js";

/**
 * The bytes of the object that a value points to or into: a power of two, at a multiple of which the object begins; 0 if
 * the value is no pointer. It gets the lower 32 bits of the value.
 */
export type ObjectBytes = (value: number) => number;

/** Pointers that each CPU remembers: far more than an operation of the engine follows at a time. */
const MOST = 64;

export class Pointers {
  readonly #objectBytes: ObjectBytes | undefined;
  /** For each CPU: the first byte, the end, and the read that gave the pointer last. */
  readonly #objects: number[][];

  constructor(cpus: number, objectBytes: ObjectBytes | undefined) {
    this.#objectBytes = objectBytes;
    this.#objects = Array.from({ length: cpus }, () => []);
  }

  /** A CPU has read a value. */
  note(cpu: number, value: Value, read: number): void {
    const low = low32(value);
    const bytes = this.#objectBytes?.(low) ?? 0;
    const objects = this.#objects[cpu];
    if (bytes === 0 || objects === undefined) return;
    const begin = (low & -bytes) >>> 0;
    for (let i = 0; i < objects.length; i += 3)
      if (objects[i] === begin) {
        objects[i + 2] = read;
        return;
      }
    if (objects.length === 3 * MOST) objects.splice(0, 3);
    objects.push(begin, begin + bytes, read);
  }

  /** The next access of a CPU is to `at`. */
  depend(machine: ViewMachine, cpu: number, at: number): void {
    const read = this.#find(cpu, at);
    if (read >= 0) machine.depend(cpu, "address", read);
  }

  /** The next access of a CPU stores a value. */
  dependOnValue(machine: ViewMachine, cpu: number, value: Value): void {
    const read = this.#find(cpu, low32(value));
    if (read >= 0) machine.depend(cpu, "data", read);
  }

  clear(): void {
    for (const objects of this.#objects) if (objects.length > 0) objects.length = 0;
  }

  /** The read that gave a CPU the pointer to an object; -1 if there is none. */
  #find(cpu: number, at: number): number {
    const objects = this.#objects[cpu];
    if (objects === undefined) return -1;
    for (let i = objects.length - 3; i >= 0; i -= 3)
      if (at >= (objects[i] as number) && at < (objects[i + 1] as number)) return objects[i + 2] as number;
    return -1;
  }
}

function low32(value: Value): number {
  return typeof value === "number" ? value : Number(value & 0xffff_ffffn);
}
