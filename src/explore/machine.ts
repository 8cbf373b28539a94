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

/** The size and the behaviour of a modelled machine. */
export interface MachineOptions extends ModelSize {
  /** Default: sequentially consistent. */
  readonly model?: ModelFactory;
  /** Places whose accesses a CPU makes without giving the other CPUs a turn. Default: {@link isScan}. */
  readonly quiet?: (place: string) => boolean;
}

/**
 * Places that only read through tables and lists, hundreds of words at a time: the engine's own checks, and the
 * search for the next page table. A turn for other CPUs at each of these words would hide the program's own steps
 * among many useless ones.
 */
function isScan(place: string): boolean {
  return place.startsWith("check/") || place.startsWith("pt/table/nextLeaf");
}

/** Bytes of a fiber's saved stack. Faults, walks and exits need about 600. */
const STACK_BYTES = 8192;
/** The least number of bytes behind the stacks for the answers of operations. */
const BUFFER_BYTES = 8192;

/** Decides whether the running fiber makes its next access, or pauses for another one. */
export type Gate = (fiber: Fiber) => boolean;
/** Called before every access. The access object is reused. */
export type Observer = (cpu: number, access: Access) => void;
/** Called before every plain access. `place` is its number: see src/wasm/plain.ts. */
export type PlainObserver = (cpu: number, write: boolean, at: number, bytes: number, place: number) => void;

const goOn: Gate = () => true;

export class Machine {
  readonly cpus: number;
  /** The end of the engine's memory: the fibers' stacks follow. */
  readonly end: number;
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly control: Control;
  readonly model: MemoryModel;
  readonly fibers: readonly Fiber[];
  /** Names of the places in the code, by number. */
  readonly places: readonly string[];
  /** Called at each access of a fiber. */
  gate: Gate = goOn;
  observer: Observer | undefined;
  /** Decides what a memory model leaves open. */
  choose: (count: number) => number = () => 0;

  #watcher: PlainObserver | undefined;
  readonly #tells: WebAssembly.Global<"i32">;
  readonly #exports: ModelExports;
  readonly #bytes: Uint8Array;
  /** By place: true for a quiet one. */
  readonly #quiet: readonly boolean[];
  readonly #hostAccess = new Access();
  #running: Fiber | undefined;
  #hostRing: Ring | undefined;
  #buffer: number;

  /** Boots a machine. Throws an EnvironmentError when the module is no model build or the sizes do not fit. */
  constructor(options: MachineOptions) {
    const { cpus, quiet = isScan } = options;
    const extra = cpus * STACK_BYTES + BUFFER_BYTES;
    const linked = linkModel(options, extra, this.#hook.bind(this), this.#see.bind(this));
    this.end = linked.end;
    const { memory, exports, layout, places, end } = linked;
    this.cpus = cpus;
    this.layout = layout;
    this.places = places;
    this.#exports = exports;
    this.#tells = linked.tells;
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

  /** Called before every plain access of a fiber, in a build that shows them. */
  get watcher(): PlainObserver | undefined {
    return this.#watcher;
  }

  set watcher(watcher: PlainObserver | undefined) {
    this.#watcher = watcher;
    this.#tells.value = watcher === undefined ? 0 : 1;
  }

  /**
   * Reserves bytes for an operation's answer, 8-byte aligned; returns their offset. Only before you save the machine.
   */
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

  /** Gives a CPU its program, which its fiber executes. Once for each CPU, before you save the machine. */
  load(cpu: number, operations: readonly OpRecord[]): void {
    const ring = new Ring(this.control, cpu);
    if (operations.length > ring.room)
      throw new UsageError(`a program may have at most ${ring.room} operations for each CPU`);
    for (const operation of operations) ring.write(operation);
    ring.publish();
  }

  /** The outcomes of a CPU's operations. Only when its fiber is done. */
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

  /** Checks every invariant and returns the number of checks. All fibers must be done. Throws the trap of a panic. */
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

  /** Runs a CPU until the gate stops it or its program ends. Throws the engine's trap. */
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

  /** Saves the whole machine, including paused fibers. The result restores it, as often as you like. */
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

  /** Every plain access of the module, if the build shows them. */
  #see(write: boolean, place: number, at: number, bytes: number): void {
    const fiber = this.#running;
    if (fiber !== undefined) this.#watcher?.(fiber.cpu, write, at >>> 0, bytes >>> 0, place);
  }

  /** The host CPU runs while all others stand still, so a wait there never ends. */
  #atOnce(access: Access): Value {
    if (access.hook.kind === "wait" && !this.model.wakes(this.cpus, access)) {
      const where = this.places[access.place] ?? "?";
      throw new EngineCrashError(`the host CPU waits at ${where} for a lock that nobody will release`);
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
