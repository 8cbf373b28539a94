/** Runs `.ops` scripts on an engine and collects the answer. */
import { Feeder } from "../cpu/feeder.js";
import type { Core } from "../engine/core.js";
import { coreOf, Engine } from "../engine/engine.js";
import type { Mark } from "../engine/marks.js";
import type { AddressSpace } from "../engine/space.js";
import { EnvironmentError, UsageError } from "../errors.js";
import { takeDump } from "../inspect/dump.js";
import { FILE_PAGES, isProcessOperation, type Operation, type ProcessOperation } from "../ops/operation.js";
import type { Answer, Dump, Outcome } from "../ops/outcome.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { ScriptEncoder } from "../record/script.js";
import { type Abortable, mustGoOn, signalOf } from "../text/abort.js";
import { optionsOf, show } from "../text/arguments.js";
import { ScriptOrder } from "./order.js";

/** The most mappings and pages in the snapshots of one answer. Each takes about 100 bytes of the host's memory. */
const MOST_IN_DUMPS = 2 ** 22;

/** The place of a process: its CPU and its slot. */
interface Process {
  readonly space: AddressSpace;
  cpu: number;
}

/** Callbacks during a run. */
export interface ScriptEvents {
  /** Ends the run between two operations: it rejects with the signal's reason, and the engine is left as it is then. */
  readonly signal?: Abortable;
  /** Called from time to time with the number of started operations. */
  readonly onProgress?: (done: number) => void;
  /** Called at each `dump`, when no CPU runs, before the snapshot is taken. */
  readonly onDump?: () => void;
}

/**
 * Runs a script on a fresh engine. Processes are on CPU 0, or where their `cpu` lines or their parents put them
 * (modulo the CPUs that there are). Operations on different CPUs run at the same time unless the end state depends on
 * their order (`ScriptOrder` has the rule): the answer is the same on any number of CPUs. `sync`, `dump`, `check`,
 * `ksm`, `reclaim`, `swapoff`, `unpin`, `release` and `device` are points where all CPUs meet. On an engine without worker CPUs
 * everything runs on the calling thread.
 *
 * A failed operation is a result in the answer. Rejects with EngineCrashError or WatchdogError, with UsageError for
 * arguments that make no sense, and with EnvironmentError when the snapshots are too large.
 */
export async function runScript(
  engine: Engine,
  operations: readonly Operation[],
  events?: ScriptEvents,
): Promise<Answer> {
  if (!(engine instanceof Engine))
    throw new UsageError(`runScript: the engine must be an Engine, not ${show(engine)}`);
  if (!Array.isArray(operations)) {
    throw new UsageError(
      `runScript: the operations must be an array, not ${show(operations)}`,
      "parseScript(text) makes one",
    );
  }
  const given: ScriptEvents = optionsOf("runScript", events, ["signal", "onProgress", "onDump"]);
  signalOf("runScript", given.signal);
  return engine.exclusive(() => new ScriptRun(engine, given).run(operations));
}

class ScriptRun {
  readonly #engine: Engine;
  readonly #core: Core;
  readonly #encoder: ScriptEncoder;
  readonly #events: ScriptEvents;
  readonly #feeder: Feeder | undefined;
  /** Undefined when one CPU runs everything: its ring keeps the order. */
  readonly #order: ScriptOrder | undefined;
  readonly #processes = new Map<number, Process>();
  /** Address space slots of all processes, including exited ones: a slot is never reused. */
  readonly #slots = new Map<number, number>();
  /**
   * The last held page of each process, by the engine's address; and the processes of the `hold` operations in
   * progress.
   */
  readonly #held = new Map<number, { readonly tag: number; readonly page: bigint }>();
  readonly #holds = new Map<number, number>();
  readonly #results: Outcome[] = [];
  readonly #dumps: Dump[] = [];
  /** Mappings, pages and snapshots in #dumps. */
  #dumped = 0;

  constructor(engine: Engine, events: ScriptEvents) {
    this.#engine = engine;
    this.#core = coreOf(engine);
    this.#events = events;
    this.#encoder = new ScriptEncoder(engine.layout, (process) => this.#slotOf(process));
    if (engine.cpus > 0) {
      this.#feeder = new Feeder(this.#core.pool, this.#core.encoder, (tag, outcome) =>
        this.#done(tag, outcome),
      );
    }
    if (engine.cpus > 1) this.#order = new ScriptOrder(engine.cpus);
  }

  async run(operations: readonly Operation[]): Promise<Answer> {
    // The one file of all scripts is in the first slot of the file table.
    const file = this.#engine.file(FILE_PAGES);
    this.#add(0, this.#engine.spawn(), 0);
    for (const [index, operation] of operations.entries()) {
      if (this.#events.signal?.aborted) await this.#meet();
      mustGoOn(this.#events.signal);
      await this.#step(operation);
      if ((index & 1023) === 0) this.#events.onProgress?.(index);
    }
    await this.#meet();
    file.drop();
    return { results: this.#results, dumps: this.#dumps };
  }

  async #step(operation: Operation): Promise<void> {
    if (operation.kind === "dump") {
      await this.#meet();
      this.#events.onDump?.();
      const spaces = [...this.#processes].map(([number, { space }]) => [number, space.slot] as const);
      const at = this.#results.length;
      const dump = this.#core.still(() => takeDump(this.#core.inspector, at, spaces));
      for (const { vmas, pages } of Object.values(dump.procs)) this.#dumped += vmas.length + pages.length;
      if (++this.#dumped > MOST_IN_DUMPS) throw tooManyDumped(operation.place?.line);
      this.#dumps.push(dump);
      return;
    }
    const meets = operation.kind === "unpin" || operation.kind === "release" || operation.kind === "device";
    if (isProcessOperation(operation) && !meets) return this.#ofProcess(operation);
    const tag = this.#results.push(0) - 1;
    await this.#meet();
    if (operation.kind === "sync") return;
    if (operation.kind === "check") {
      this.#engine.check();
      return;
    }
    if (operation.kind === "release" || operation.kind === "device") return this.#ofPin(operation, tag);
    this.#done(tag, this.#engine.execute(this.#encode(operation)));
  }

  /** Drops the pin of the process, or stores through it. Any CPU may have taken it. */
  #ofPin(operation: Operation & { readonly kind: "release" | "device" }, tag: number): void {
    const { process } = operation;
    const held = this.#held.get(process);
    if (operation.kind === "release") this.#held.delete(process);
    if (held === undefined) this.#results[tag] = "EINVAL";
    else this.#done(tag, this.#engine.execute({ ...this.#encode(operation), a: held.page }));
  }

  #done(tag: number, { result, value }: OpOutcome): void {
    this.#results[tag] = this.#encoder.outcomeOf(result);
    const process = this.#holds.get(tag);
    if (process === undefined) return;
    this.#holds.delete(tag);
    // Outcomes of several CPUs come in any order. The last one in the script counts.
    if (result === 0 && tag > (this.#held.get(process)?.tag ?? -1))
      this.#held.set(process, { tag, page: value });
  }

  async #ofProcess(operation: ProcessOperation): Promise<void> {
    const process = this.#process(operation.process);
    const tag = this.#results.push(0) - 1;
    if (operation.kind === "cpu") {
      process.cpu = operation.cpu % Math.max(1, this.#engine.cpus);
      return;
    }
    if (operation.kind === "fork") {
      this.#add(operation.child, this.#engine.reserve(), process.cpu);
    }
    if (operation.kind === "hold") this.#holds.set(tag, operation.process);
    const record = this.#encode(operation);
    const feeder = this.#feeder;
    if (!feeder) {
      this.#done(tag, this.#engine.execute(record));
    } else if (!this.#order) {
      await this.#hand(feeder, process.cpu, record, tag, []);
    } else {
      const put = (waits: readonly Mark[]) => this.#hand(feeder, process.cpu, record, tag, waits);
      await this.#order.next(operation, process.cpu, put);
    }
    if (operation.kind === "exit") this.#processes.delete(operation.process);
  }

  /** Gives a record to a CPU, after the operations that it must wait for; returns the position after it. */
  async #hand(
    feeder: Feeder,
    cpu: number,
    record: OpRecord,
    tag: number,
    waits: readonly Mark[],
  ): Promise<number> {
    for (const mark of waits) {
      if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
      feeder.wait(cpu, mark.cpu, mark.position);
    }
    if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
    return feeder.put(cpu, record, tag);
  }

  /** Waits until all CPUs have done everything. */
  async #meet(): Promise<void> {
    await this.#feeder?.finish();
    this.#order?.met();
  }

  #encode(operation: Operation): OpRecord {
    const record = this.#encoder.encode(operation);
    if (record) return record;
    throw new Error(`${operation.kind} is the host's and has no record`);
  }

  #add(number: number, space: AddressSpace, cpu: number): void {
    this.#processes.set(number, { space, cpu });
    this.#slots.set(number, space.slot);
  }

  #slotOf(number: number): number {
    const slot = this.#slots.get(number);
    if (slot === undefined)
      throw new Error(`process ${number} never lived here: the script was not validated`);
    return slot;
  }

  #process(number: number): Process {
    const process = this.#processes.get(number);
    if (!process) throw new Error(`process ${number} does not live here: the script was not validated`);
    return process;
  }
}

function tooManyDumped(line: number | undefined): EnvironmentError {
  const where = line === undefined ? "" : `line ${line}: `;
  return new EnvironmentError(
    `${where}the snapshots so far hold more than ${MOST_IN_DUMPS} mappings and pages, too many for one answer`,
    "leave out some of the `dump` lines, or split the script",
  );
}
