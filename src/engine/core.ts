/**
 * The parts of an engine, for its own classes and for the folders above: scripts, replays, stress and benchmarks.
 * Users of the library see only `Engine` and its handles.
 */
import type { Machine } from "../cpu/boot.js";
import type { CpuPool } from "../cpu/pool.js";
import { UsageError } from "../errors.js";
import { Inspector } from "../inspect/memory.js";
import { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import type { Abortable } from "../text/abort.js";
import { callable } from "../text/arguments.js";
import { EngineEvents } from "./events.js";
import { operationError } from "./faults.js";
import { disposedInTime, endWithout } from "./forgotten.js";
import { disposedError, HostCpu } from "./host-cpu.js";
import { MissingPages } from "./missing.js";
import { Places } from "./places.js";
import { type Activity, Turns } from "./turns.js";

/** The machine of one engine, its CPUs, and its living objects. */
export class Core {
  readonly machine: Machine;
  /** The calling thread's CPU; it knows whether the engine is disposed. */
  readonly cpu: HostCpu;
  /** Encodes calls as operation records. */
  readonly encoder: Encoder;
  /** Reads the engine's structures while no CPU runs. */
  readonly inspector: Inspector;
  /** The files that are not dropped yet: EngineFile, which this file does not know. */
  readonly files = new Set<{ readonly slot: number; readonly pages: number }>();
  /** What the CPUs did. */
  readonly events: EngineEvents;
  /** The slots of address spaces and files. */
  readonly places: Places;
  /** The handlers for missing pages. */
  readonly missing: MissingPages;
  readonly #pool: CpuPool | undefined;
  readonly #turns: Turns;
  /** The Engine, which handles return. This file does not know its type. */
  #engine: object | undefined;
  #disposed: Promise<void> | undefined;

  /** `pool`: the running worker CPUs with kswapd's; undefined without any. */
  constructor(machine: Machine, pool: CpuPool | undefined) {
    this.machine = machine;
    this.#pool = pool;
    this.encoder = new Encoder(machine.layout, machine.content === "full");
    this.inspector = new Inspector(machine.control);
    this.cpu = new HostCpu(machine, pool);
    this.missing = new MissingPages(machine, this.cpu, this.encoder, pool, this.inspector);
    this.events = new EngineEvents(machine.notices, machine.layout);
    this.places = new Places(machine.control, (slot) => this.#emptySpace(slot));
    this.#turns = new Turns(() => this.#activity(), pool?.watchdog ?? 0);
    pool?.kswapd?.start();
    if (pool) endWithout(this, pool);
  }

  /** The Engine that has this core. */
  get engine(): object {
    return this.#engine ?? this;
  }

  /** Sets the Engine. Only for its constructor. */
  belongsTo(engine: object): void {
    this.#engine = engine;
  }

  /** Worker CPUs, without kswapd's. */
  get cpus(): number {
    return this.#pool?.rings.length ?? 0;
  }

  /** The CPU of kswapd; undefined without kswapd. */
  get kswapdCpu(): number | undefined {
    return this.#pool?.kswapd?.cpu;
  }

  /** The worker CPUs. Throws UsageError when there are none, or the engine is disposed. */
  get pool(): CpuPool {
    this.cpu.mustLive("pool");
    if (this.#pool && this.cpus > 0) return this.#pool;
    throw new UsageError("this engine has no worker CPUs", "create it with { cpus: N }");
  }

  /** Throws UsageError when the engine is disposed, or while a batch runs. For calls that need idle CPUs. */
  mustRest(what: string): void {
    this.cpu.mustLive(what);
    if (this.places.inUse) throw new UsageError(`${what}: a batch is running`, "await its run() first");
  }

  /** Executes an operation here and returns its outcome. Throws a typed error when it fails; `what` names the call. */
  must(record: OpRecord, what: string, address?: number): OpOutcome {
    const outcome = this.cpu.execute(record, what);
    if (outcome.result < 0) throw operationError(this.machine, outcome, what, address);
    return outcome;
  }

  /**
   * Runs a function while kswapd, if any, pauses. For readers of the engine's memory. The caller must take care of
   * the other worker CPUs. Throws WatchdogError when kswapd does not pause.
   */
  still<T>(run: () => T): T {
    const kswapd = this.#pool?.kswapd;
    if (!kswapd?.runs) return run();
    kswapd.stop();
    try {
      return run();
    } finally {
      if (!this.#disposed && !this.machine.control.panicked) kswapd.start();
    }
  }

  /** See Engine.check. */
  check(): number {
    this.mustRest("check");
    return this.still(() => this.cpu.guard((exports) => exports.checkAll() >>> 0));
  }

  /** See Engine.settle. */
  settle(): void {
    this.mustRest("settle");
    this.still(() => this.cpu.guard((exports) => exports.reclaimIdle()));
  }

  /**
   * Runs a function while nobody uses the worker CPUs, and nobody waits for them. Throws UsageError, which names `what`, when
   * somebody does.
   */
  atRest<T>(what: string, run: () => T): T {
    this.mustRest(what);
    if (this.#turns.busy) {
      throw new UsageError(
        `${what}: a batch, a script or a function of exclusive() is not done`,
        "await it first",
      );
    }
    if (this.missing.busy) {
      throw new UsageError(
        `${what}: a handler for missing pages is not done`,
        "call it when the access has ended",
      );
    }
    this.cpu.guard(() => {});
    return this.still(run);
  }

  /** See Engine.exclusive. */
  async exclusive<T>(run: () => Promise<T>): Promise<T> {
    this.cpu.mustLive("exclusive");
    callable("exclusive: its argument", run);
    return this.#turns.take("exclusive()", run);
  }

  /**
   * Runs a batch when its turn comes. First calls `handles` for the handles that must keep their slots until the
   * batch has ended. Rejects with the error of a handler for missing pages that has failed, and with UsageError when you dispose the engine meanwhile, and with the reason of a signal that is
   * aborted before its turn.
   */
  async runBatch<T>(
    handles: () => ReadonlySet<object>,
    run: () => Promise<T>,
    signal: Abortable | undefined,
  ): Promise<T> {
    this.cpu.mustLive("run of a batch");
    const turn = async () => {
      try {
        this.missing.takeFailure();
        const result = await this.places.using(handles(), run);
        const failure = this.missing.takeFailure();
        if (failure) throw failure.error;
        return result;
      } catch (error) {
        this.cpu.mustLive("run of a batch (its worker CPUs were stopped)");
        throw error;
      }
    };
    return this.#turns.take("run of a batch", turn, signal);
  }

  /** Stops the worker CPUs; resolves when their threads are gone. A second call waits for the first. */
  dispose(): Promise<void> {
    this.#disposed ??= this.#end();
    return this.#disposed;
  }

  async #end(): Promise<void> {
    disposedInTime(this);
    this.cpu.dispose();
    this.#turns.close(disposedError("the worker CPUs are stopped"));
    await this.#pool?.stop();
  }

  /** Ends an address space that a batch's fork has made after its handle had ended: nothing can name it any more. */
  #emptySpace(slot: number): void {
    if (this.cpu.disposed || this.machine.control.panicked) return;
    if (this.inspector.mmOf(slot) !== 0) this.cpu.execute(this.encoder.exit(slot));
  }

  /** What the CPUs do, for callers that wait for their turn. */
  #activity(): Activity {
    const rings = this.#pool?.rings ?? [];
    const done = rings.map((ring) => `${ring.done}/${ring.produced}`);
    // Who waits for a handler is no reason to give up.
    if (this.missing.busy) done.push(String(performance.now()));
    return {
      signature: [this.cpu.executed, ...done].join(" "),
      idle: rings.every((ring) => ring.done === ring.produced),
    };
  }
}
