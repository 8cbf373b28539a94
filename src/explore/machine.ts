/** A small modelled machine: one memory, one instance of the engine, and N virtual CPUs that are fibers in this thread. */

import { Control } from "../cpu/control.js";
import { Ring } from "../cpu/ring.js";
import { EngineCrashError, UsageError } from "../errors.js";
import { type OpOutcome, type OpRecord, refusals } from "../record/record.js";
import type { Layout } from "../wasm/layout.js";
import { MemoryView } from "../wasm/memory.js";
import { Access, type Hook, type Value } from "./access.js";
import { linkModel, type ModelSize } from "./boot.js";
import { Fiber, type ModelExports } from "./fiber.js";
import type { MemoryModel, ModelFactory } from "./model.js";
import { sc } from "./sc.js";

/** A modelled machine: how large, and how it behaves. */
export interface MachineOptions extends ModelSize {
  /** Default: sequentially consistent. */
  readonly model?: ModelFactory;
  /** Places whose accesses a CPU makes without giving others a turn. Default: {@link isScan}. */
  readonly quiet?: (place: string) => boolean;
}

/**
 * Places that only look through tables and lists, hundreds of words at a time: the engine's own checks, and the search
 * for the next page table. A turn for the others at each of these words would bury the program's own steps.
 */
export function isScan(place: string): boolean {
  return place.startsWith("check/") || place.startsWith("pt/table/nextLeaf");
}

/** Bytes of a fiber's saved stack; faults, walks and exits need some 600. */
const STACK_BYTES = 8192;
/** Bytes behind the stacks for what operations answer, at least. */
const BUFFER_BYTES = 8192;

/** Whether a running fiber makes the access before which it stands, or is left for another. */
export type Gate = (fiber: Fiber) => boolean;
/** Is told of every access that is made, before it is made. The access object is used again. */
export type Observer = (cpu: number, access: Access) => void;

const goOn: Gate = () => true;

export class Machine {
  readonly cpus: number;
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly control: Control;
  readonly model: MemoryModel;
  readonly fibers: readonly Fiber[];
  /** Names of the places in the code, by number. */
  readonly places: readonly string[];
  /** Asked at each access of a fiber. */
  gate: Gate = goOn;
  observer: Observer | undefined;
  /** Decides what a memory model leaves open. */
  choose: (count: number) => number = () => 0;

  readonly #exports: ModelExports;
  readonly #bytes: Uint8Array;
  /** By place: whether it is a quiet one. */
  readonly #quiet: readonly boolean[];
  readonly #hostAccess = new Access();
  #running: Fiber | undefined;
  #hostRing: Ring | undefined;
  #buffer: number;

  /** Boots a machine. Throws an EnvironmentError when the module is no model build or the sizes do not fit. */
  constructor(options: MachineOptions) {
    const { cpus, quiet = isScan } = options;
    const extra = cpus * STACK_BYTES + BUFFER_BYTES;
    const linked = linkModel(options, extra, this.#hook.bind(this));
    const { memory, exports, layout, places, end } = linked;
    this.cpus = cpus;
    this.layout = layout;
    this.places = places;
    this.#exports = exports;
    this.#quiet = places.map(quiet);
    this.#bytes = new Uint8Array(memory.buffer);
    this.view = new MemoryView(memory);
    this.control = new Control(this.view, layout);
    this.model = (options.model ?? sc)(this.view, (count) => this.choose(count));
    this.fibers = Array.from({ length: cpus }, (_, cpu) => {
      return new Fiber(cpu, exports, this.view, end + cpu * STACK_BYTES, STACK_BYTES);
    });
    this.#buffer = end + cpus * STACK_BYTES;
    linked.boot();
  }

  /** Byte offset of some bytes for an operation's answer, 8-byte aligned. Only before the machine is saved. */
  allocate(bytes: number): number {
    const at = this.#buffer;
    this.#buffer += (bytes + 7) & ~7;
    if (this.#buffer > this.view.bytes)
      throw new UsageError("the modelled machine has no room for more answers");
    return at;
  }

  /** Executes one operation on the host CPU, at once. */
  run(operation: OpRecord): OpOutcome {
    this.#hostRing ??= new Ring(this.control, this.cpus);
    this.#hostRing.write(operation);
    this.#hostRing.publishHere();
    this.#onHost(() => this.#exports.runQueue());
    return this.#hostRing.collect();
  }

  /** Gives a CPU its program: its fiber executes it. Once a CPU, before the machine is saved. */
  load(cpu: number, operations: readonly OpRecord[]): void {
    const ring = new Ring(this.control, cpu);
    if (operations.length > ring.room)
      throw new UsageError(`a program has at most ${ring.room} operations a CPU`);
    for (const operation of operations) ring.write(operation);
    ring.publish();
  }

  /** What became of a CPU's operations. Only when its fiber is done. */
  outcomes(cpu: number): OpOutcome[] {
    const { view, layout } = this;
    const record = layout.struct("OpRecord");
    const refusedOf = refusals(layout);
    const base = this.control.cpuBase(cpu);
    const queue = view.u32(base + layout.struct("Cpu").offset("queueBase"));
    const done = view.u32(base + layout.struct("Cpu").offset("done"));
    return Array.from({ length: done }, (_, i) => {
      const at = queue + i * record.size;
      const word = at + record.offset("c");
      const value = view.u64(at + record.offset("b"));
      const result = view.u32(word) | 0;
      const refused = refusedOf(result, view.u32(at + record.offset("aux")));
      return { result, anonDelta: view.u32(word + 4) | 0, value, refused };
    });
  }

  /** Checks every invariant: how many checks were made. All fibers are done. Throws the trap of a panic. */
  checkAll(): number {
    return this.#onHost(() => this.#exports.checkAll());
  }

  /** The CPUs that can make a step: not done, and not waiting for a word that they see unchanged. */
  runnable(): number[] {
    const found: number[] = [];
    for (const fiber of this.fibers) {
      if (fiber.state === "done") continue;
      const { access, cpu } = fiber;
      const waits = fiber.state !== "new" && access.hook.kind === "wait" && !this.model.wakes(cpu, access);
      if (!waits) found.push(cpu);
    }
    return found;
  }

  /** Lets a CPU go on until the gate stops it or its program ends. Throws the engine's trap. */
  resume(cpu: number): Fiber {
    const fiber = this.fibers[cpu];
    if (fiber === undefined) throw new UsageError(`there is no CPU ${cpu}`);
    this.#running = fiber;
    try {
      fiber.resume();
    } finally {
      this.#running = undefined;
    }
    return fiber;
  }

  /** Remembers the whole machine, paused fibers too; the result puts it back, as often as one likes. */
  save(): () => void {
    const bytes = this.#bytes.slice();
    const parts = [...this.fibers.map((fiber) => fiber.save()), this.model.save()];
    return () => {
      this.#bytes.set(bytes);
      for (const restore of parts) restore();
      this.#hostRing = undefined;
    };
  }

  #onHost<T>(work: () => T): T {
    this.#exports.cpuStart(this.cpus);
    return work();
  }

  /** Every hook of the module ends here. */
  #hook(hook: Hook, place: number, at: number, value: Value, expected: Value): Value {
    const fiber = this.#running;
    if (fiber === undefined) return this.#atOnce(this.#hostAccess.set(hook, place, at, value, expected));
    if (fiber.arrive()) return this.#perform(fiber.cpu, fiber.access);
    fiber.access.set(hook, place, at, value, expected);
    if ((this.#quiet[place] === true && hook.kind !== "wait") || this.gate(fiber))
      return this.#perform(fiber.cpu, fiber.access);
    fiber.pause();
    return hook.bits === 64 ? 0n : 0;
  }

  /** The host CPU runs while all others stand still: who waits there waits for ever. */
  #atOnce(access: Access): Value {
    if (access.hook.kind === "wait" && !this.model.wakes(this.cpus, access)) {
      const where = this.places[access.place] ?? "?";
      throw new EngineCrashError(`the host CPU waits at ${where} for a lock that nobody gives back`);
    }
    return this.#perform(this.cpus, access);
  }

  #perform(cpu: number, access: Access): Value {
    this.observer?.(cpu, access);
    switch (access.hook.kind) {
      case "load":
        return this.model.load(cpu, access);
      case "store":
        this.model.store(cpu, access);
        return 0;
      case "cas":
        return this.model.cas(cpu, access);
      case "fence":
        this.model.fence(cpu, access);
        return 0;
      case "wait":
        this.model.wait(cpu, access);
        return 0;
      default:
        return this.model.rmw(cpu, access);
    }
  }
}
