/** The interface of a memory model, which decides the value that an access sees. */

import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";

/**
 * A memory model over the engine's memory.
 *
 * The memory itself always holds each word's newest value. The engine reads plain fields, which a lock protects,
 * there without the model, and so does every reader when all CPUs stand still. A weaker model also keeps the older
 * values that a CPU may still see, and asks for a choice when there are several.
 */
export interface MemoryModel {
  /** Its name, such as `sc`. */
  readonly name: string;
  /** The value that a load sees. */
  load(cpu: number, access: Access): Value;
  store(cpu: number, access: Access): void;
  /** A read-modify-write other than cas. Returns the old value. */
  rmw(cpu: number, access: Access): Value;
  /** Stores `access.value` if the word is `access.expected`. Returns the old value. */
  cas(cpu: number, access: Access): Value;
  fence(cpu: number, access: Access): void;
  /** True when a waiting CPU can now see another value than `access.value`. Changes nothing. */
  wakes(cpu: number, access: Access): boolean;
  /** The CPU continues after a wait, because it has seen another value. */
  wait(cpu: number, access: Access): void;
  /** All CPUs stand still: from here on every CPU sees all stores so far. */
  settle(): void;
  /** Saves the model's state outside of the memory. The result restores it, as often as you like. */
  save(): () => void;
}

/** Makes a model. `choose(n)` returns a number from 0 to n - 1 by the strategy's decision. */
export type ModelFactory = (view: MemoryView, choose: (count: number) => number) => MemoryModel;
