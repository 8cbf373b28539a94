/** The engine: one machine with its memory, its CPUs and its address spaces. */
import type { Control } from "../cpu/control.js";
import { CpuPool, checkPoolOptions, type PoolOptions } from "../cpu/pool.js";
import type { Operation, Outcome } from "../cpu/ring.js";
import { tryBoot } from "../cpu/trial.js";
import { UsageError } from "../errors.js";
import { Inspector } from "../inspect/memory.js";
import { callable, noOptions, optionsOf } from "./arguments.js";
import { Batch } from "./batch.js";
import { type BootOptions, boot, type Content, type Machine } from "./boot.js";
import { Encoder } from "./encode.js";
import { operationError, resultName } from "./faults.js";
import { EngineFile } from "./file.js";
import { disposedInTime, endWithout } from "./forgotten.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere, type Owner } from "./handle.js";
import { disposedError, HostCpu } from "./host-cpu.js";
import type { Layout } from "./layout.js";
import { isForeign, loadModule } from "./module.js";
import type { Pin } from "./pin.js";
import { checkedRecord } from "./record.js";
import { Slots } from "./slots.js";
import { AddressSpace, type PageUser, spaceAccess } from "./space.js";
import { cpuCounter, readStats, type Stats, sumCounter } from "./stats.js";
import { type Activity, Turns } from "./turns.js";

/** How an engine is made. */
export type EngineOptions = BootOptions & PoolOptions;

/** Every option, so that another name is noticed. */
const OPTION_NAMES = Object.keys({
  cpus: 0,
  kswapd: 0,
  memory: 0,
  swap: 0,
  store: 0,
  content: 0,
  metadata: 0,
  spaces: 0,
  files: 0,
  queueRecords: 0,
  checked: 0,
  trusted: 0,
  module: 0,
  wasmBytes: 0,
  wasmUrl: 0,
  threads: 0,
  readyTimeout: 0,
  watchdog: 0,
} satisfies Record<keyof EngineOptions, 0>) as (keyof EngineOptions)[];

/**
 * A memory manager. The calling thread is a CPU of its own: the calls of an AddressSpace run there, at once. Worker
 * threads, when asked for, are further CPUs that execute batches at the same time.
 *
 * Address spaces, files, pins and batches belong to the engine that made them. After `dispose()` every call on the engine
 * and on what it made throws UsageError; what never changes (`cpus`, `pageSize`, `memory`, `layout`, a handle's `slot`) can
 * still be read. An engine is not copied and does not travel to another thread: `structuredClone` and `postMessage` throw.
 */
export class Engine {
  /** Encodes calls as operation records. */
  readonly encoder: Encoder;
  /** Reads the engine's structures at quiescent points. */
  readonly inspector: Inspector;
  readonly #machine: Machine;
  readonly #owner: Owner;
  readonly #cpu: HostCpu;
  readonly #pool: CpuPool | undefined;
  readonly #slots: Slots;
  readonly #files: Slots;
  readonly #spaces = new Map<number, AddressSpace>();
  readonly #pins = new Set<Pin>();
  readonly #turns: Turns;
  /** What the batch that runs names: their slots are not given to others before it has ended. */
  #named: ReadonlySet<AddressSpace | EngineFile> | undefined;
  #late: (AddressSpace | EngineFile)[] = [];
  #disposed: Promise<void> | undefined;

  private constructor(key: typeof MADE_HERE, machine: Machine, pool: CpuPool | undefined) {
    mustBeMadeHere(key, "Engine", "await Engine.create(options)");
    this.#machine = machine;
    this.#pool = pool;
    const { control, layout } = machine;
    this.encoder = new Encoder(layout, machine.content === "full");
    this.inspector = new Inspector(control);
    this.#cpu = new HostCpu(machine, pool);
    this.#turns = new Turns(() => this.#activity(), pool?.watchdog ?? 0);
    this.#owner = this.#makeOwner();
    pool?.kswapd?.start();
    this.#slots = new Slots("address space", 0, control.get("spaces"));
    this.#files = new Slots("file", 1, control.get("files"));
    if (pool) endWithout(this, pool);
    // Copying reads every enumerable property: the copy would look like an engine and be none.
    Object.defineProperty(this, "copy", {
      enumerable: true,
      get: () => {
        throw new UsageError(
          "an engine cannot be copied or sent to another thread",
          "keep it, and all of its address spaces, on the thread that created it",
        );
      },
    });
  }

  /**
   * Boots an engine and starts its worker CPUs. Throws UsageError for options that make no sense, EnvironmentError when
   * memory, threads or the wasm file cannot be had, and WatchdogError when worker threads do not start, or a module that
   * comes from elsewhere never returns from its start.
   *
   * Dispose it in the end. One that is forgotten ends its worker threads and gives its memory back some time after it was
   * collected, and idle worker threads do not keep the program alive.
   */
  static async create(options?: EngineOptions, ...none: []): Promise<Engine> {
    noOptions("Engine.create, behind its options,", none);
    const given: EngineOptions = optionsOf("Engine.create", options, OPTION_NAMES);
    checkPoolOptions(given);
    const machine = await boot(await tried(given));
    const pool =
      (given.cpus ?? 0) === 0 && given.kswapd !== true
        ? undefined
        : await CpuPool.start(machine.control, machine.module, machine.memory, given);
    return new Engine(MADE_HERE, machine, pool);
  }

  /** What JSON.stringify shows of it. */
  toJSON(): { readonly cpus: number; readonly memory: Engine["memory"] } {
    return { cpus: this.cpus, memory: this.memory };
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    const { cpus, memory, content, disposed } = this;
    return inLine("Engine", { cpus, frameBytes: memory.frameBytes, content, disposed });
  }

  /** Worker CPUs, without kswapd's. */
  get cpus(): number {
    return this.#pool?.rings.length ?? 0;
  }

  /** True from the call of `dispose` on. */
  get disposed(): boolean {
    return this.#cpu.disposed;
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

  /** The worker CPUs. Throws UsageError when the engine was created without any, or is disposed. */
  get pool(): CpuPool {
    this.#cpu.mustLive("pool");
    if (this.#pool && this.cpus > 0) return this.#pool;
    throw new UsageError("this engine has no worker CPUs", "create it with { cpus: N }");
  }

  /** Makes an empty address space. */
  spawn(...none: []): AddressSpace {
    noOptions("spawn", none);
    this.#cpu.mustLive("spawn");
    const space = this.reserve();
    try {
      this.#must(this.encoder.spawn(space.slot), "spawn");
    } catch (error) {
      this.#giveBack(space);
      throw error;
    }
    return space;
  }

  /** Makes a file of some pages, all zero. */
  file(pages: number, ...none: []): EngineFile {
    noOptions("file", none);
    this.#cpu.mustLive("file");
    // Before a slot is taken.
    this.encoder.createFile(0, pages);
    const slot = this.#files.take();
    try {
      this.#must(this.encoder.createFile(slot, pages), "file");
    } catch (error) {
      this.#files.release(slot);
      throw error;
    }
    return new EngineFile(MADE_HERE, this.#owner, slot, pages);
  }

  /** Operations for the worker CPUs, to be collected and then run together. */
  batch(...none: []): Batch {
    noOptions("batch", none);
    this.#cpu.mustLive("batch");
    return new Batch(MADE_HERE, this.#owner);
  }

  /** What the engine has done and has: the sums of the counters of all CPUs. */
  stats(): Stats {
    this.#cpu.mustLive("stats");
    return readStats(this.#machine.control);
  }

  /** Frames and page tables in use now, in pages; while CPUs run, about. */
  usage(): { readonly frames: number; readonly tables: number } {
    this.#cpu.mustLive("usage");
    const { control } = this.#machine;
    return { frames: sumCounter(control, "statFrames"), tables: sumCounter(control, "statTables") };
  }

  /** The most pages that were in use at once so far, whoever looks when: of frames with those that CPUs kept at hand. */
  peaks(): { readonly frames: number; readonly tables: number; readonly objects: number } {
    this.#cpu.mustLive("peaks");
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
   * EngineCrashError when one does not hold, and UsageError while a batch runs.
   */
  check(...none: []): number {
    noOptions("check", none);
    this.#mustRest("check");
    return this.still(() => this.#cpu.guard((exports) => exports.checkAll() >>> 0));
  }

  /**
   * At a quiescent point: gives everything back that CPUs hold in reserve, so that counts of live objects are exact. Throws
   * UsageError while a batch runs.
   */
  settle(...none: []): void {
    noOptions("settle", none);
    this.#mustRest("settle");
    this.still(() => this.#cpu.guard((exports) => exports.reclaimIdle()));
  }

  /**
   * Runs something while kswapd, if there is one, pauses: for readers of the engine's memory. What the other worker
   * CPUs do is the caller's business. Throws WatchdogError when kswapd does not pause.
   */
  still<T>(run: () => T): T {
    this.#cpu.mustLive("still");
    callable("still: its argument", run);
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
    this.#cpu.mustLive("pins");
    return this.#pins;
  }

  /** Pages that kswapd has freed; 0 without one. */
  get kswapdReclaimed(): number {
    this.#cpu.mustLive("kswapdReclaimed");
    const cpu = this.#pool?.kswapd?.cpu;
    return cpu === undefined ? 0 : cpuCounter(this.control, cpu, "statReclaimed");
  }

  /**
   * Executes one operation record on the calling thread's CPU. The outcome's `result` is 0 or negative; nothing is thrown for it.
   * A record names slots, and nobody checks whose they are. Throws UsageError for fields that do not fit and operations that
   * would block, and EngineCrashError when the engine breaks, or broke before.
   */
  execute(operation: Operation): Outcome {
    return this.#cpu.execute(checkedRecord(this.layout, "execute", operation, true));
  }

  /** See AddressSpace.whoMaps. */
  whoMaps(space: AddressSpace, address: number): PageUser[] {
    this.#cpu.mustLive("whoMaps");
    spaceAccess.usable(space, this, () => "whoMaps: the address space");
    const { view, scratch, layout } = this.#machine;
    const list = layout.struct("MappingList");
    const entry = layout.struct("MappingEntry");
    const room = Math.floor((scratch.bytes - list.size) / entry.size);
    const outcome = this.#cpu.execute(this.encoder.rmap(space.slot, address, scratch.offset, room));
    const name = resultName(layout, outcome.result);
    if (name === "EFAULT") return [];
    if (name !== 0) throw operationError(this, outcome, "whoMaps", address);
    const found = Math.min(room, view.u32(scratch.offset + list.offset("found")));
    return Array.from({ length: found }, (_, index) => {
      const at = scratch.offset + list.size + index * entry.size;
      const slot = view.u32(at + entry.offset("space"));
      return { space: this.#spaceAt(slot), address: view.number(at + entry.offset("address")) };
    });
  }

  /**
   * A place for an address space that an operation of a batch will fill (`fork`, or a SPAWN record); until
   * then calls on it throw UsageError.
   */
  reserve(...none: []): AddressSpace {
    noOptions("reserve", none);
    this.#cpu.mustLive("reserve");
    const space = new AddressSpace(MADE_HERE, this.#owner, this.#slots.take());
    this.#spaces.set(space.slot, space);
    return space;
  }

  /**
   * Runs something that uses the worker CPUs' rings; a second one waits for the first to end. Rejects with UsageError when
   * it is called inside of another one's function, or the engine is disposed before its turn comes, and with WatchdogError when
   * the one before it does nothing with the CPUs for 4 s.
   */
  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    this.#cpu.mustLive("exclusive");
    callable("exclusive: its argument", run);
    return this.#turns.take("exclusive()", run);
  }

  /**
   * Gives the place of an address space back that was reserved and never filled, or that an operation record has ended. Does
   * nothing when that was done already. Throws UsageError for one that lives, or is another engine's.
   */
  release(space: AddressSpace): void {
    this.#cpu.mustLive("release");
    if (spaceAccess.ended(space, this, () => "release: the address space")) return;
    if (this.inspector.mmOf(space.slot) !== 0) {
      throw new UsageError("release: the address space lives", "end it with exit()");
    }
    if (this.#named?.has(space)) {
      throw new UsageError("release: the batch that is running names this place", "await its run() first");
    }
    this.#giveBack(space);
  }

  /**
   * Stops the worker CPUs and waits until their threads are gone. What waits for them is rejected with UsageError. A second
   * call waits for the first.
   */
  dispose(...none: []): Promise<void> {
    noOptions("dispose", none);
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #end(): Promise<void> {
    disposedInTime(this);
    this.#cpu.dispose();
    this.#turns.close(disposedError("the worker CPUs are stopped"));
    await this.#pool?.stop();
  }

  /** What handles may do. */
  #makeOwner(): Owner {
    return {
      engine: this,
      encoder: this.encoder,
      cpu: this.#cpu,
      mustRest: (what) => this.#mustRest(what),
      pinned: (pin) => this.#pins.add(pin),
      unpinned: (pin, page) => {
        this.#must(this.encoder.unpin(page), "unpin");
        this.#pins.delete(pin);
      },
      giveBack: (handle) => this.#giveBack(handle),
      still: (run) => this.still(run),
      runBatch: (handles, run) => this.#runBatch(handles, run),
    };
  }

  async #runBatch<T>(
    handles: () => ReadonlySet<AddressSpace | EngineFile>,
    run: () => Promise<T>,
  ): Promise<T> {
    this.#cpu.mustLive("run of a batch");
    return this.#turns.take("run of a batch", async () => {
      let ended = false;
      try {
        this.#named = handles();
        const result = await run();
        ended = true;
        return result;
      } catch (error) {
        this.#cpu.mustLive("run of a batch, whose worker CPUs were stopped");
        throw error;
      } finally {
        this.#named = undefined;
        for (const handle of this.#late.splice(0)) {
          // Behind a batch that did not end, nothing more is executed here.
          if (ended) this.#emptySlot(handle);
          this.#giveSlotBack(handle);
        }
      }
    });
  }

  /** Ends a handle and gives its slot to others, at once or when the batch that names it has ended. */
  #giveBack(handle: AddressSpace | EngineFile): void {
    if (handle instanceof AddressSpace) {
      spaceAccess.end(handle);
      if (this.#spaces.get(handle.slot) !== handle) return;
      this.#spaces.delete(handle.slot);
    }
    if (this.#named?.has(handle)) this.#late.push(handle);
    else this.#giveSlotBack(handle);
  }

  /** Ends what a later fork of the batch has put into the place of a handle that had ended by then: nobody can name it. */
  #emptySlot(handle: AddressSpace | EngineFile): void {
    if (!(handle instanceof AddressSpace) || this.#cpu.disposed || this.control.panicked) return;
    if (this.inspector.mmOf(handle.slot) !== 0) this.#cpu.execute(this.encoder.exit(handle.slot));
  }

  #giveSlotBack(handle: AddressSpace | EngineFile): void {
    (handle instanceof AddressSpace ? this.#slots : this.#files).release(handle.slot);
  }

  /** What the CPUs do: for those who wait for their turn. */
  #activity(): Activity {
    const rings = this.#pool?.rings ?? [];
    const places = rings.map((ring) => `${ring.done}/${ring.produced}`);
    return {
      signature: [this.#cpu.executed, ...places].join(" "),
      idle: rings.every((ring) => ring.done === ring.produced),
    };
  }

  #mustRest(what: string): void {
    this.#cpu.mustLive(what);
    if (this.#named) throw new UsageError(`${what}: a batch is running`, "await its run() first");
  }

  /** The address space in a slot; one that a replay or a script put there gets its object now. */
  #spaceAt(slot: number): AddressSpace {
    return this.#spaces.get(slot) ?? new AddressSpace(MADE_HERE, this.#owner, slot);
  }

  #must(operation: Operation, what: string): void {
    const outcome = this.#cpu.execute(operation, what);
    if (outcome.result < 0) throw operationError(this, outcome, what);
  }
}

/** The options with the module compiled, once, and tried in a thread of its own where it is not the package's. */
async function tried(options: EngineOptions): Promise<EngineOptions> {
  if (!(await isForeign(options))) return options;
  const module = await loadModule(options);
  const { wasmUrl, module: given } = options;
  const from =
    given === undefined && options.wasmBytes === undefined && wasmUrl ? ` of ${String(wasmUrl)}` : "";
  await tryBoot(module, options, `the engine module${from}`);
  return { ...options, module };
}
