/** What a memory model is: the object that decides which value an access sees. */

import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";

/**
 * A memory model over the engine's memory.
 *
 * The memory itself always holds each word's newest value: plain fields, which a lock protects, are read there without
 * asking the model, and so are all words at rest. A weaker model keeps beside it which older values a CPU may still
 * see, and asks for a choice where there are several.
 */
export interface MemoryModel {
  /** Its name, such as `sc`. */
  readonly name: string;
  /** The value that a load sees. */
  load(cpu: number, access: Access): Value;
  store(cpu: number, access: Access): void;
  /** A read-modify-write other than cas: what was there before. */
  rmw(cpu: number, access: Access): Value;
  /** Stores `access.value` if `access.expected` is there: what was there before. */
  cas(cpu: number, access: Access): Value;
  fence(cpu: number, access: Access): void;
  /** Whether a CPU that waits can see another value than `access.value` by now. Changes nothing. */
  wakes(cpu: number, access: Access): boolean;
  /** The CPU goes on after a wait: it has seen another value. */
  wait(cpu: number, access: Access): void;
  /** All CPUs stand still: everything that was stored is seen by everybody from here on. */
  settle(): void;
  /** Remembers the model's state beside the memory; the result puts it back, as often as one likes. */
  save(): () => void;
}

/** Makes a model. `choose(n)` gives a number from 0 to n - 1, which the strategy decides. */
export type ModelFactory = (view: MemoryView, choose: (count: number) => number) => MemoryModel;
