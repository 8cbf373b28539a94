/** The engine: one machine with its memory, its CPUs and its address spaces. */

import { type BootOptions, boot, eventPlaces } from "../cpu/boot.js";
import { type Content, machineCounts } from "../cpu/machine-size.js";
import { CpuPool } from "../cpu/pool.js";
import { type PoolOptions, poolLimits } from "../cpu/pool-options.js";
import { tryBoot } from "../cpu/trial.js";
import { UsageError } from "../errors.js";
import { ASYNC_DISPOSE } from "../platform/dispose.js";
import { checkedRecord } from "../record/checked.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { resultName } from "../record/results.js";
import { type Abortable, mustGoOn, orAborted, signalOf } from "../text/abort.js";
import { flag, noOptions, optionsOf, wholeNumber } from "../text/arguments.js";
import type { Layout } from "../wasm/layout.js";
import { isForeign, loadModule, type ModuleOptions } from "../wasm/module.js";
import { Batch } from "./batch.js";
import { Core } from "./core.js";
import type { EngineEvent } from "./events.js";
import { createFile, type EngineFile } from "./file.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere } from "./handle.js";
import type { Pin } from "./pin.js";
import { readSnapshot, writeSnapshot } from "./snapshot.js";
import type { AddressSpace } from "./space.js";
import { Spaces } from "./spaces.js";
import { cpuCounter, readStats, type Stats, sumCounter } from "./stats.js";

/** The options of an engine. */
export type EngineOptions = BootOptions & Omit<PoolOptions, "kswapd">;

/** The options of `Engine.load`: which engine it is, and how to run its worker CPUs. */
export type LoadOptions = ModuleOptions &
  Omit<PoolOptions, "kswapd"> & {
    /** As for `create`: the events of a snapshot are not in it. */
    readonly events?: number;
    /** False: load it without worker threads, also where the snapshot has worker CPUs. They stand still then. */
    readonly workers?: boolean;
  };

/** The options that `create` and `load` share. */
const EITHER = {
  events: 0,
  checked: 0,
  trusted: 0,
  module: 0,
  wasmBytes: 0,
  wasmResponse: 0,
  wasmUrl: 0,
  threads: 0,
  readyTimeout: 0,
  signal: 0,
  watchdog: 0,
} as const;

const LOAD_NAMES = Object.keys({ ...EITHER, workers: 0 } satisfies Record<
  keyof LoadOptions,
  0
>) as (keyof LoadOptions)[];

/** @internal The core of an engine. For the folders above: `Engine` itself does not show it. */
export let coreOf: (engine: Engine) => Core;

/**
 * @internal As `Engine.create`, but it does not wait until the worker CPUs run. Only `pool.idle` waits for them, and throws the
 * errors of their start. The caller may fill the rings meanwhile.
 */
export let engineSoon: (options: EngineOptions) => Promise<Engine>;

/** @internal Every option, so that we notice a wrong name. */
export const ENGINE_OPTIONS = Object.keys({
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
  ...EITHER,
} satisfies Record<keyof EngineOptions, 0>) as (keyof EngineOptions)[];

/**
 * A memory manager. The calling thread is a CPU of its own: the calls of an AddressSpace run there, at once. With
 * `cpus`, worker threads are further CPUs that execute batches at the same time.
 *
 * Address spaces, files, pins and batches belong to the engine that made them. After `dispose()` every call on the
 * engine and on its handles throws UsageError. You can still read what never changes (`cpus`, `pageSize`, `memory`,
 * `layout`, a handle's `slot`). You cannot copy an engine or send it to another thread: `structuredClone` and
 * `postMessage` throw.
 */
export class Engine {
  readonly #core: Core;
  readonly #spaces: Spaces;

  static {
    coreOf = (engine) => engine.#core;
    engineSoon = (options) => Engine.#create(options, false);
  }

  private constructor(key: typeof MADE_HERE, core: Core) {
    mustBeMadeHere(key, "Engine", "await Engine.create(options)");
    this.#core = core;
    this.#spaces = new Spaces(core);
    core.belongsTo(this);
    // A copy reads every enumerable property. It would look like an engine but not be one.
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
   * Boots an engine and starts its worker CPUs. Throws UsageError for options that make no sense, EnvironmentError
   * when memory, threads or the wasm file are not available, and WatchdogError when worker threads do not start, or
   * when your own module never returns from its start. Throws the reason of a `signal` that is aborted meanwhile.
   *
   * Dispose it at the end. If you forget that, its worker threads end and its memory is freed some time after the
   * garbage collector has collected it. Idle worker threads do not keep the program alive.
   */
  static async create(options?: EngineOptions, ...none: []): Promise<Engine> {
    noOptions("Engine.create, behind its options,", none);
    return Engine.#create(options, true);
  }

  static async #create(options: EngineOptions | undefined, ready: boolean): Promise<Engine> {
    const given: EngineOptions = optionsOf("Engine.create", options, ENGINE_OPTIONS);
    poolLimits(given);
    machineCounts(given);
    eventPlaces(given.events);
    const signal = signalOf("Engine.create", given.signal);
    mustGoOn(signal);
    // A fetch may never end.
    const machine = await orAborted(signal, boot(await tried(given, signal)));
    const pool =
      (given.cpus ?? 0) === 0 && given.kswapd !== true
        ? undefined
        : await CpuPool.start(machine.control, machine.module, machine.memory, given, ready);
    return new Engine(MADE_HERE, new Core(machine, pool));
  }

  /**
   * Brings an engine back from a snapshot of `save()`, with its address spaces (`spaces`), files (`files`) and pins
   * (`pins`). Its sizes are those of the snapshot; the engine itself must be the same. Throws SnapshotError when the
   * bytes are no snapshot, or not whole, or of another engine, and what `create` throws. Then nothing is loaded.
   */
  static async load(snapshot: Uint8Array | ArrayBuffer, options?: LoadOptions, ...none: []): Promise<Engine> {
    noOptions("Engine.load, behind its options,", none);
    const given: LoadOptions = optionsOf("Engine.load", options, LOAD_NAMES);
    const threads = flag("Engine.load: workers", given.workers) !== false;
    poolLimits(given);
    eventPlaces(given.events);
    const signal = signalOf("Engine.load", given.signal);
    mustGoOn(signal);
    const saved = readSnapshot(snapshot);
    const { workers: _, ...others } = given;
    const { size, target } = saved.header;
    const all: EngineOptions = { checked: target === "checked", ...others, ...size };
    // A fetch may never end.
    const machine = await orAborted(signal, boot(await tried(all, signal), saved));
    const { control, layout, view } = machine;
    // The thread that saved it may have been one that must not sleep. This one says for itself.
    view.store(control.cpuBase(control.cpus) + layout.struct("Cpu").offset("spins"), 0);
    const wanted = threads && (size.cpus > 0 || size.kswapd);
    const pool = wanted ? await CpuPool.start(control, machine.module, machine.memory, all) : undefined;
    const engine = new Engine(MADE_HERE, new Core(machine, pool));
    engine.#spaces.restore(saved.header);
    return engine;
  }

  /**
   * The whole engine as bytes, for `Engine.load`: in this program or another, in Node or in a page. It takes what is in
   * use, and zeros cost nothing. Throws UsageError while a batch, a script or a function of `exclusive` is not done.
   */
  save(...none: []): Uint8Array<ArrayBuffer> {
    noOptions("save", none);
    return this.#core.atRest("save", () => writeSnapshot(this.#core.machine, this.#spaces.saved));
  }

  /** Its address spaces that have not ended, by slot; those that are only reserved too. */
  get spaces(): AddressSpace[] {
    this.#core.cpu.mustLive("spaces");
    return this.#spaces.all;
  }

  /** Its files that are not dropped, by slot. */
  get files(): EngineFile[] {
    this.#core.cpu.mustLive("files");
    return ([...this.#core.files] as EngineFile[]).sort((one, other) => one.slot - other.slot);
  }

  /** What JSON.stringify shows. */
  toJSON(): { readonly cpus: number; readonly memory: Engine["memory"] } {
    return { cpus: this.cpus, memory: this.memory };
  }

  /** What `console.log` shows of it. */
  [INSPECT](): string {
    const { cpus, memory, content, disposed } = this;
    return inLine("Engine", { cpus, frameBytes: memory.frameBytes, content, disposed });
  }

  /** The name of a result in `Accesses.results`: 0, the name of an errno, `SEGV` or `BUS`. */
  nameOf(result: number): 0 | string {
    return resultName(
      this.layout,
      wholeNumber("nameOf: the result", result, { low: -(2 ** 31), high: 2 ** 31 - 1 }),
    );
  }

  /** Worker CPUs, without kswapd's. */
  get cpus(): number {
    return this.#core.cpus;
  }

  /** True from the call of `dispose` on. */
  get disposed(): boolean {
    return this.#core.cpu.disposed;
  }

  /** Names, sizes and offsets of the running build. */
  get layout(): Layout {
    return this.#core.machine.layout;
  }

  /** Bytes of a page. */
  get pageSize(): number {
    return this.#core.machine.pageSize;
  }

  /** Bytes of page frames, and of the whole memory with tables and objects. */
  get memory(): { readonly frameBytes: number; readonly totalBytes: number } {
    return { frameBytes: this.#core.machine.frameBytes, totalBytes: this.#core.machine.view.bytes };
  }

  /** The content of a page. */
  get content(): Content {
    return this.#core.machine.content;
  }

  /** Makes an empty address space. */
  spawn(...none: []): AddressSpace {
    noOptions("spawn", none);
    this.#core.cpu.mustLive("spawn");
    return this.#spaces.spawn();
  }

  /** Makes a file of some pages, all zero. */
  file(pages: number, ...none: []): EngineFile {
    noOptions("file", none);
    this.#core.cpu.mustLive("file");
    return createFile(this.#core, pages);
  }

  /** Makes a batch: you collect operations for the worker CPUs and then run them together. */
  batch(...none: []): Batch {
    noOptions("batch", none);
    this.#core.cpu.mustLive("batch");
    return new Batch(MADE_HERE, this.#core, (space) => this.#spaces.giveBack(space));
  }

  /** What the engine has done and what it holds: the sums of the counters of all CPUs. */
  stats(): Stats {
    this.#core.cpu.mustLive("stats");
    return readStats(this.#core.machine.control);
  }

  /**
   * Takes what the CPUs did since you asked last, in order: faults, copies, pages that went out and came back. Needs the
   * option `events`; UsageError without. It never waits, also while CPUs run: it ends with what was there when it began.
   */
  events(...none: []): IterableIterator<EngineEvent> {
    noOptions("events", none);
    this.#core.cpu.mustLive("events");
    return this.#core.events.take();
  }

  /** Events that were lost, because their CPU had no room: you took too few, or the option `events` is too small. */
  get lostEvents(): number {
    this.#core.cpu.mustLive("lostEvents");
    return this.#core.events.lost;
  }

  /** Frames and page tables in use now, in pages. While CPUs run, the numbers are approximate. */
  usage(): { readonly frames: number; readonly tables: number } {
    this.#core.cpu.mustLive("usage");
    const { control } = this.#core.machine;
    return { frames: sumCounter(control, "statFrames"), tables: sumCounter(control, "statTables") };
  }

  /** The most pages in use at one time so far, exactly. Frames include those that CPUs keep in reserve. */
  peaks(): { readonly frames: number; readonly tables: number; readonly objects: number } {
    this.#core.cpu.mustLive("peaks");
    const { control, layout } = this.#core.machine;
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
   * Runs every invariant check at a quiescent point; returns the number of checks. Throws EngineCrashError when one
   * does not hold, and UsageError while a batch runs.
   */
  check(...none: []): number {
    noOptions("check", none);
    return this.#core.check();
  }

  /**
   * Frees everything that CPUs hold in reserve, so that counts of live objects are exact. Needs a quiescent point.
   * Throws UsageError while a batch runs.
   */
  settle(...none: []): void {
    noOptions("settle", none);
    this.#core.settle();
  }

  /** The pins from `AddressSpace.pin` that you have not dropped yet. A pin that is left at the end is a leak. */
  get pins(): ReadonlySet<Pin> {
    this.#core.cpu.mustLive("pins");
    return this.#spaces.pins;
  }

  /** Pages that kswapd has freed; 0 without kswapd. */
  get kswapdReclaimed(): number {
    this.#core.cpu.mustLive("kswapdReclaimed");
    const { kswapdCpu, machine } = this.#core;
    return kswapdCpu === undefined ? 0 : cpuCounter(machine.control, kswapdCpu, "statReclaimed");
  }

  /**
   * Executes one operation record on the calling thread's CPU. The outcome's `result` is 0 or negative; a failed
   * operation does not throw. A record names slots, and nothing checks whose they are. Throws UsageError for fields
   * that do not fit and for operations that would block. Throws EngineCrashError when the engine has crashed, and what a
   * handler for missing pages throws.
   */
  execute(operation: OpRecord): OpOutcome {
    return this.#core.cpu.execute(checkedRecord(this.layout, "execute", operation, true));
  }

  /**
   * Reserves a place for an address space that an operation of a batch will fill (`fork`, or a SPAWN record). Until
   * then calls on it throw UsageError.
   */
  reserve(...none: []): AddressSpace {
    noOptions("reserve", none);
    this.#core.cpu.mustLive("reserve");
    return this.#spaces.reserve();
  }

  /**
   * Runs a function that uses the worker CPUs' rings. A second call waits for the first to end. Rejects with
   * UsageError when you call it inside another call's function, or dispose the engine before its turn comes. Rejects
   * with WatchdogError when the call before it does nothing with the CPUs for 4 s.
   */
  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    return this.#core.exclusive(run);
  }

  /**
   * Frees the place of an address space that you reserved and never filled, or that an operation record has ended. A
   * second call does nothing. Throws UsageError for an address space that is alive or belongs to another engine.
   */
  release(space: AddressSpace): void {
    this.#core.cpu.mustLive("release");
    this.#spaces.release(space);
  }

  /**
   * Stops the worker CPUs and waits until their threads are gone. Every call that waits for them rejects with
   * UsageError. A second call waits for the first.
   */
  dispose(...none: []): Promise<void> {
    noOptions("dispose", none);
    return this.#core.dispose();
  }

  [ASYNC_DISPOSE](): Promise<void> {
    return this.dispose();
  }
}

/** The options with the compiled module. A module that is not the package's own is tried in a separate thread first. */
async function tried(options: EngineOptions, signal: Abortable | undefined): Promise<EngineOptions> {
  if (!(await isForeign(options))) return options;
  const module = await orAborted(signal, loadModule(options));
  const { wasmUrl, wasmBytes, wasmResponse, module: given } = options;
  const from = (given ?? wasmBytes ?? wasmResponse) === undefined && wasmUrl ? ` of ${String(wasmUrl)}` : "";
  await tryBoot(module, options, `the engine module${from}`);
  return { ...options, module };
}
