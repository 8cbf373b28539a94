/** The engine: one machine with its memory, its CPUs and its address spaces. */
import type { Control } from "../cpu/control.js";
import { crashError } from "../cpu/panic.js";
import { CpuPool, type PoolOptions } from "../cpu/pool.js";
import { type Operation, type Outcome, Ring } from "../cpu/ring.js";
import { tryBoot } from "../cpu/trial.js";
import { RmapError, UsageError } from "../errors.js";
import { Inspector } from "../inspect/memory.js";
import { Batch } from "./batch.js";
import { type BootOptions, boot, type Content, type Machine } from "./boot.js";
import { Encoder } from "./encode.js";
import { operationError, resultName } from "./faults.js";
import { EngineFile } from "./file.js";
import type { Layout } from "./layout.js";
import { isForeign, loadModule } from "./module.js";
import type { Pin } from "./pin.js";
import { Slots } from "./slots.js";
import { AddressSpace, type PageUser } from "./space.js";
import { cpuCounter, readStats, type Stats, sumCounter } from "./stats.js";

/** How an engine is made. */
export type EngineOptions = BootOptions & PoolOptions;

/**
 * A memory manager. The calling thread is a CPU of its own: the calls of an AddressSpace run there, at once. Worker
 * threads, when asked for, are further CPUs that execute batches at the same time.
 */
export class Engine {
  /** Encodes calls as operation records. */
  readonly encoder: Encoder;
  /** Reads the engine's structures at quiescent points. */
  readonly inspector: Inspector;
  readonly #machine: Machine;
  readonly #ring: Ring;
  readonly #pool: CpuPool | undefined;
  readonly #slots: Slots;
  readonly #files: Slots;
  readonly #spaces = new Map<number, AddressSpace>();
  readonly #pins = new Set<Pin>();
  #last: Promise<void> = Promise.resolve();
  #failure: RmapError | undefined;
  #disposed: Promise<void> | undefined;

  private constructor(machine: Machine, pool: CpuPool | undefined) {
    this.#machine = machine;
    this.#pool = pool;
    const { control, layout } = machine;
    this.encoder = new Encoder(layout);
    this.inspector = new Inspector(control);
    this.#ring = new Ring(control, control.cpus);
    pool?.kswapd?.start();
    this.#slots = new Slots("address space", 0, control.get("spaces"));
    this.#files = new Slots("file", 1, control.get("files"));
  }

  /**
   * Boots an engine and starts its worker CPUs. Throws UsageError for options that make no sense, EnvironmentError when
   * memory, threads or the wasm file cannot be had, and WatchdogError for a module that never returns from its start.
   */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const machine = await boot(await tried(options));
    const pool =
      (options.cpus ?? 0) === 0 && options.kswapd !== true
        ? undefined
        : await CpuPool.start(machine.control, machine.module, machine.memory, options);
    return new Engine(machine, pool);
  }

  /** Worker CPUs, without kswapd's. */
  get cpus(): number {
    return this.#pool?.rings.length ?? 0;
  }

  /** Names, sizes and offsets of the build that runs. */
  get layout(): Layout {
    return this.#machine.layout;
  }

  /** The control block, for readers of the engine's memory. */
  get control(): Control {
    return this.#machine.control;
  }

  /** Bytes of a page. */
  get pageSize(): number {
    return this.layout.constant("PAGE_SIZE");
  }

  /** Bytes of page frames, and of the whole memory with tables and objects. */
  get memory(): { readonly frameBytes: number; readonly totalBytes: number } {
    return { frameBytes: this.#machine.frameBytes, totalBytes: this.#machine.view.bytes };
  }

  /** What the content of a page is. */
  get content(): Content {
    return this.#machine.content;
  }

  /** The worker CPUs. Throws UsageError when the engine was created without any. */
  get pool(): CpuPool {
    if (this.#pool && this.cpus > 0) return this.#pool;
    throw new UsageError("this engine has no worker CPUs", "create it with { cpus: N }");
  }

  /** Makes an empty address space. */
  spawn(): AddressSpace {
    const space = this.reserve();
    try {
      this.#must(this.encoder.spawn(space.slot), "spawn");
    } catch (error) {
      this.release(space);
      throw error;
    }
    return space;
  }

  /** Makes a file of some pages, all zero. */
  file(pages: number): EngineFile {
    if (!(Number.isInteger(pages) && pages > 0)) throw new UsageError("a file has one page at least");
    const slot = this.#files.take();
    this.#must(this.encoder.createFile(slot, pages), "file");
    return new EngineFile(this, slot, pages);
  }

  /** Operations for the worker CPUs, to be collected and then run together. */
  batch(): Batch {
    return new Batch(this);
  }

  /** Sums of the counters of all CPUs. */
  stats(): Stats {
    return readStats(this.#machine.control);
  }

  /** Frames and page tables in use now, in pages; while CPUs run, about. */
  usage(): { readonly frames: number; readonly tables: number } {
    const { control } = this.#machine;
    return { frames: sumCounter(control, "statFrames"), tables: sumCounter(control, "statTables") };
  }

  /** The most pages that were in use at once so far, whoever looks when: of frames with those that CPUs kept at hand. */
  peaks(): { readonly frames: number; readonly tables: number; readonly objects: number } {
    const { control, layout } = this.#machine;
    const struct = layout.struct("Zone");
    const zone = control.get("zoneBase") + layout.constant("ZONE_FRAMES") * struct.size;
    const field = (name: string) => control.view.u32(zone + struct.offset(name));
    return {
      frames: field("count") - field("least"),
      tables: control.get("tablesMost"),
      objects: control.get("slabPagesMost"),
    };
  }

  /**
   * Runs every invariant check at a quiescent point; returns how many checks were made. Throws
   * EngineCrashError when one does not hold.
   */
  check(): number {
    return this.still(() => this.#guard(() => this.#machine.host.checkAll() >>> 0));
  }

  /** At a quiescent point: gives everything back that CPUs hold in reserve, so that counts of live objects are exact. */
  settle(): void {
    this.still(() => this.#guard(() => this.#machine.host.reclaimIdle()));
  }

  /**
   * Runs something while kswapd, if there is one, pauses: for readers of the engine's memory. What the other worker
   * CPUs do is the caller's business. Throws WatchdogError when kswapd does not pause.
   */
  still<T>(run: () => T): T {
    const kswapd = this.#pool?.kswapd;
    if (!kswapd?.runs) return run();
    kswapd.stop();
    try {
      return run();
    } finally {
      if (!this.#disposed && !this.control.panicked) kswapd.start();
    }
  }

  /** The pins that were taken with `AddressSpace.pin` and not dropped yet: what is left in the end is a leak. */
  get pins(): ReadonlySet<Pin> {
    return this.#pins;
  }

  /** Notes a pin that was taken (true) or drops one (false). Use `AddressSpace.pin` and `Pin.unpin`. */
  notePin(pin: Pin, page: number, held: boolean): void {
    if (held) {
      this.#pins.add(pin);
      return;
    }
    this.#must(this.encoder.unpin(page), "unpin");
    this.#pins.delete(pin);
  }

  /** Pages that kswapd has freed; 0 without one. */
  get kswapdReclaimed(): number {
    const cpu = this.#pool?.kswapd?.cpu;
    return cpu === undefined ? 0 : cpuCounter(this.control, cpu, "statReclaimed");
  }

  /**
   * Executes one operation on the calling thread's CPU. The outcome's `result` is 0 or negative; nothing is thrown for it.
   * Throws EngineCrashError when the engine breaks, or broke before.
   */
  execute(operation: Operation): Outcome {
    const ring = this.#ring;
    ring.write(operation);
    ring.publishHere();
    this.#guard(() => this.#machine.host.runQueue());
    return ring.collect();
  }

  /** See AddressSpace.whoMaps. */
  whoMaps(space: AddressSpace, address: number): PageUser[] {
    const { view, scratch, layout } = this.#machine;
    const list = layout.struct("MappingList");
    const entry = layout.struct("MappingEntry");
    const room = Math.floor((scratch.bytes - list.size) / entry.size);
    const outcome = this.execute(this.encoder.rmap(space.slot, address, scratch.offset, room));
    const name = resultName(layout, outcome.result);
    if (name === "EFAULT") return [];
    if (name !== 0) throw operationError(layout, outcome, "whoMaps", address);
    const found = Math.min(room, view.u32(scratch.offset + list.offset("found")));
    return Array.from({ length: found }, (_, index) => {
      const at = scratch.offset + list.size + index * entry.size;
      const slot = view.u32(at + entry.offset("space"));
      return { space: this.#spaceAt(slot), address: view.number(at + entry.offset("address")) };
    });
  }

  /**
   * A place for an address space that an operation of a batch will fill (`fork`, or a SPAWN record); until
   * then it must not be used.
   */
  reserve(): AddressSpace {
    const space = new AddressSpace(this, this.#slots.take());
    this.#spaces.set(space.slot, space);
    return space;
  }

  /** Runs something that uses the worker CPUs' rings; a second one waits for the first to end. */
  exclusive<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#last.then(run);
    this.#last = result.then(
      () => {},
      () => {},
    );
    return result;
  }

  /** Gives the place of an address space back that has ended or never lived. */
  release(space: AddressSpace): void {
    if (this.#spaces.delete(space.slot)) this.#slots.release(space.slot);
  }

  /** Use `EngineFile.drop`. */
  dropFile(slot: number): void {
    this.#must(this.encoder.dropFile(slot), "drop of a file");
    this.#files.release(slot);
  }

  /** Stops the worker CPUs and waits until their threads are gone. A second call waits for the first. */
  dispose(): Promise<void> {
    this.#failure ??= new RmapError("EDISPOSED", "the engine is disposed");
    this.#disposed ??= this.#pool ? this.#pool.stop() : Promise.resolve();
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** The address space in a slot; one that a replay or a script put there gets its object now. */
  #spaceAt(slot: number): AddressSpace {
    return this.#spaces.get(slot) ?? new AddressSpace(this, slot);
  }

  #must(operation: Operation, what: string): void {
    const outcome = this.execute(operation);
    if (outcome.result < 0) throw operationError(this.layout, outcome, what, 0);
  }

  /** Runs the engine on this thread; a trap or a panic, here or on another CPU, becomes the engine's error. */
  #guard<T>(run: () => T): T {
    if (this.#failure) throw this.#failure;
    this.#pool?.assertRunning();
    const { control } = this.#machine;
    try {
      if (control.panicked) throw new Error("another CPU stopped the engine");
      const result = run();
      // The run ends early, without a trap, when another CPU panics meanwhile.
      if (control.panicked) throw new Error("another CPU stopped the engine");
      return result;
    } catch (error) {
      control.stopForCrash(control.cpus);
      this.#failure = crashError(control, error instanceof Error ? error.message : String(error));
      throw this.#failure;
    }
  }
}

/** The options with the module compiled, once, and tried in a thread of its own where it is not the package's. */
async function tried(options: EngineOptions): Promise<EngineOptions> {
  if (!(await isForeign(options))) return options;
  const module = await loadModule(options);
  await tryBoot(module, options);
  return { ...options, module };
}
