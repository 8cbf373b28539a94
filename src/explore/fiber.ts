/**
 * One virtual CPU: a fiber of the modelled engine. Asyncify unwinds its call stack into linear memory when another
 * CPU continues, and rewinds it later. So a copy of the memory contains the CPUs too.
 *
 *   its place in memory:   u32 top of what is saved | u32 end | saved frames …
 */

import { EngineCrashError } from "../errors.js";
import type { EngineExports } from "../wasm/loader.js";
import type { MemoryView } from "../wasm/memory.js";
import { Access, type Hook } from "./access.js";
import type { Print } from "./print.js";

/** What a modelled engine exports. */
export interface ModelExports extends EngineExports {
  asyncify_start_unwind(stack: number): void;
  asyncify_stop_unwind(): void;
  asyncify_start_rewind(stack: number): void;
  asyncify_stop_rewind(): void;
}

/** new: has not begun; paused: stands before an access; done: has executed its records. */
export type FiberState = "new" | "running" | "unwinding" | "rewinding" | "paused" | "done";

/** A fiber that stands still. Its stack is not in there. */
export interface StandingFiber {
  state: FiberState;
  readonly access: Access;
}

const HEAD_BYTES = 8;
/** The step of a CPU that has not begun: it touches no word. */
const BEGIN: Hook = { name: "begin", kind: "fence", bits: 0, order: "once" };

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
    this.reset();
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

  /** Where its stack is, while it stands still; and the bytes of it that are in use. */
  get stack(): { readonly at: number; readonly bytes: number } {
    const at = this.#stack;
    return { at, bytes: this.#state === "paused" ? this.#view.u32(at) - at : 0 };
  }

  /** Notes how it stands; and back. */
  stand(into: StandingFiber): void {
    into.state = this.#state;
    into.access.assign(this.access);
  }

  standAgain({ state, access }: Readonly<StandingFiber>): void {
    this.#state = state;
    this.access.assign(access);
  }

  /** Appends how it stands: all that the CPU knows besides memory. Not while it runs. */
  print(into: Print): void {
    if (this.#state !== "paused") {
      into.put(this.#state === "done" ? 2 : 1);
      return;
    }
    const end = this.#view.u32(this.#stack);
    into.put(3).put(end);
    for (let at = this.#stack + HEAD_BYTES; at < end; at += 4) into.put(this.#view.u32(at));
    const { hook, place, at, value, expected } = this.access;
    into.put(place).put(at).put(hook.bits).putValue(value).putValue(expected);
  }

  /** Back to the begin of its program. The memory is restored with it. */
  reset(): void {
    this.#state = "new";
    this.access.set(BEGIN, 0, 0, 0, 0);
  }
}
