/** Sequentially consistent memory: a word has one value, and every CPU sees it. */

import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";
import { combine } from "./combine.js";
import type { MemoryModel, ModelFactory } from "./model.js";

class SequentialMemory implements MemoryModel {
  readonly name = "sc";
  readonly #view: MemoryView;

  constructor(view: MemoryView) {
    this.#view = view;
  }

  load(_cpu: number, { hook, at }: Access): Value {
    return hook.bits === 64 ? this.#view.u64(at) : this.#view.u32(at);
  }

  store(_cpu: number, { hook, at, value }: Access): void {
    if (hook.bits === 64) this.#view.setU64(at, value as bigint);
    else this.#view.setU32(at, value as number);
  }

  rmw(cpu: number, access: Access): Value {
    const old = this.load(cpu, access);
    this.#put(access, combine(access.hook.kind, old, access.value));
    return old;
  }

  cas(cpu: number, access: Access): Value {
    const old = this.load(cpu, access);
    if (old === access.expected) this.#put(access, access.value);
    return old;
  }

  lock(_cpu: number, { at, value }: Access): void {
    this.#view.setU32(at, this.#view.u32(at) + (value as number));
  }

  trylock(cpu: number, access: Access): Value {
    if ((this.#view.u32(access.at) & (access.expected as number)) !== 0) return 0;
    this.lock(cpu, access);
    return 1;
  }

  get(_cpu: number, { at, value }: Access): Value {
    const old = this.#view.u32(at);
    if (old === 0 || old >= (value as number)) return 0;
    this.#view.setU32(at, old + 1);
    return 1;
  }

  unlock(_cpu: number, { at, value }: Access): Value {
    const old = this.#view.u32(at);
    this.#view.setU32(at, old - (value as number));
    return old;
  }

  fence(): void {}

  ready(_cpu: number, { hook, at, value, expected }: Access): boolean {
    if (hook.kind === "lock") return (this.#view.u32(at) & (expected as number)) === 0;
    return hook.kind !== "wait" || this.#view.u32(at) !== value;
  }

  looks(cpu: number, access: Access): boolean {
    const { hook, at, value, expected } = access;
    switch (hook.kind) {
      case "cas":
        return this.load(cpu, access) !== expected;
      case "trylock":
        return (this.#view.u32(at) & (expected as number)) !== 0;
      case "get":
        return this.#view.u32(at) === 0 || this.#view.u32(at) >= (value as number);
      default:
        return false;
    }
  }

  wait(): void {}

  settle(): void {}

  save(): void {}

  restore(): void {}

  mark(): void {}

  back(): void {}

  #put({ hook, at }: Access, value: Value): void {
    if (hook.bits === 64) this.#view.setU64(at, value as bigint);
    else this.#view.setU32(at, value as number);
  }
}

/** Makes sequentially consistent memory. */
export const sc: ModelFactory = (view) => new SequentialMemory(view);
