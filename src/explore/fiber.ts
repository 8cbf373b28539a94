/**
 * One virtual CPU: a fiber of the modelled engine. Asyncify unwinds its call stack into linear memory when another
 * CPU continues, and rewinds it later. So a copy of the memory contains the CPUs too.
 *
 *   its place in memory:   u32 top of what is saved | u32 end | saved frames …
 */

import { EngineCrashError } from "../errors.js";
import type { EngineExports } from "../wasm/loader.js";
import type { MemoryView } from "../wasm/memory.js";
import { Access } from "./access.js";

/** What a modelled engine exports. */
export interface ModelExports extends EngineExports {
  asyncify_start_unwind(stack: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(stack: number): void;
  asyncify_stop_rewind(): void;
}

/** new: has not begun; paused: stands before an access; done: has executed its records. */
export type FiberState = "new" | "running" | "unwinding" | "rewinding" | "paused" | "done";

const HEAD_BYTES = 8;

export class Fiber {
  /** Number of this CPU. */
  readonly cpu: number;
  /** The access that the fiber makes now, or makes next when it is paused. */
  readonly access = new Access();
  #state: FiberState = "new";
  readonly #exports: ModelExports;
  readonly #view: MemoryView;
  readonly #stack: number;
  readonly #end: number;

  /** `stack` is the byte offset of `bytes` bytes that are the fiber's own. */
  constructor(cpu: number, exports: ModelExports, view: MemoryView, stack: number, bytes: number) {
    this.cpu = cpu;
    this.#exports = exports;
    this.#view = view;
    this.#stack = stack;
    this.#end = stack + bytes;
  }

  get state(): FiberState {
    return this.#state;
  }

  /** Runs the fiber until it pauses or has executed its CPU's records. Throws what the engine throws: a trap. */
  resume(): void {
    const { cpuStart, runQueue, asyncify_start_rewind, asyncify_stop_unwind } = this.#exports;
    // The CPU number of an instance is in a global. Everything else is in memory.
    cpuStart(this.cpu);
    if (this.#state === "new") {
      this.#view.setU32(this.#stack, this.#stack + HEAD_BYTES);
      this.#view.setU32(this.#stack + 4, this.#end);
      this.#state = "running";
    } else {
      asyncify_start_rewind(this.#stack);
      this.#state = "rewinding";
    }
    runQueue();
    if ((this.#state as FiberState) !== "unwinding") {
      this.#state = "done";
      return;
    }
    if (this.#view.u32(this.#stack) > this.#end) {
      throw new EngineCrashError(
        `the stack of CPU ${this.cpu}'s fiber overflowed`,
        "give the fibers more stack",
      );
    }
    asyncify_stop_unwind();
    this.#state = "paused";
  }

  /** In a hook: leaves the engine, so that another fiber can continue. The hook's result does not matter. */
  pause(): void {
    this.#exports.asyncify_start_unwind(this.#stack);
    this.#state = "unwinding";
  }

  /** In a hook: true when the fiber paused in this hook and has now returned to it. It then makes its access. */
  arrive(): boolean {
    if (this.#state !== "rewinding") return false;
    this.#exports.asyncify_stop_rewind();
    this.#state = "running";
    return true;
  }

  /** Saves the fiber's state outside of the memory; the result restores it. Not while the fiber runs. */
  save(): () => void {
    const state = this.#state;
    const access = new Access().assign(this.access);
    return () => {
      this.#state = state;
      this.access.assign(access);
    };
  }
}
