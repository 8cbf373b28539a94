/** Runs `.ops` scripts on an engine and gathers the answer. */
import { Feeder } from "../cpu/feeder.js";
import type { Operation as Record } from "../cpu/ring.js";
import { takeDump } from "../inspect/dump.js";
import { FILE_PAGES, isProcessOperation, type Operation, type ProcessOperation } from "../ops/operation.js";
import type { Answer, Dump, Outcome } from "../ops/outcome.js";
import { RECORD_BYTES, RecordCodec } from "../ops/record.js";
import type { Engine } from "./engine.js";
import type { AddressSpace } from "./space.js";

/** Where a process stands: its address space, its CPU, and up to where it has come there. */
interface Process {
  readonly space: AddressSpace;
  cpu: number;
  /** CPU and position of its last operation, which the next one on another CPU waits for. */
  lastCpu: number;
  position: number;
}

/**
 * Runs a script on a fresh engine. The operations of one process run in order; processes are on CPU 0, or where their
 * `cpu` lines or their parents put them (modulo the CPUs that there are), and those on different CPUs run at the same
 * time. `sync`, `dump`, `check`, `ksm`, `reclaim` and `swapoff` are points where all CPUs meet. On an engine
 * without worker CPUs everything runs on the calling thread.
 *
 * Rejects with EngineCrashError or WatchdogError; a failed operation is a result of the answer. `onProgress` gets
 * the count of operations handed over.
 */
export async function runScript(
  engine: Engine,
  operations: readonly Operation[],
  onProgress: (done: number) => void = () => {},
): Promise<Answer> {
  return engine.exclusive(() => new ScriptRun(engine).run(operations, onProgress));
}

class ScriptRun {
  readonly #engine: Engine;
  readonly #codec: RecordCodec;
  readonly #record = new DataView(new ArrayBuffer(RECORD_BYTES));
  readonly #feeder: Feeder | undefined;
  readonly #processes = new Map<number, Process>();
  readonly #results: Outcome[] = [];
  readonly #dumps: Dump[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    const codes = Object.fromEntries(engine.layout.constantsWith(""));
    this.#codec = new RecordCodec(codes, (process) => this.#process(process).space.slot);
    if (engine.cpus > 0) {
      this.#feeder = new Feeder(engine.pool, engine.encoder, (tag, { result }) => {
        this.#results[tag] = this.#codec.outcomeOf(result);
      });
    }
  }

  async run(operations: readonly Operation[], onProgress: (done: number) => void): Promise<Answer> {
    // The one file of all scripts stands in the first slot of the file table.
    const file = this.#engine.file(FILE_PAGES);
    this.#processes.set(0, { space: this.#engine.spawn(), cpu: 0, lastCpu: 0, position: 0 });
    for (const [index, operation] of operations.entries()) {
      await this.#step(operation);
      if ((index & 1023) === 0) onProgress(index);
    }
    await this.#feeder?.finish();
    file.drop();
    return { results: this.#results, dumps: this.#dumps };
  }

  async #step(operation: Operation): Promise<void> {
    if (operation.kind === "dump") {
      await this.#feeder?.finish();
      const spaces = [...this.#processes].map(([number, { space }]) => [number, space.slot] as const);
      this.#dumps.push(takeDump(this.#engine.inspector, this.#results.length, spaces));
      return;
    }
    if (isProcessOperation(operation)) return this.#ofProcess(operation);
    const tag = this.#results.push(0) - 1;
    await this.#feeder?.finish();
    if (operation.kind === "sync") return;
    if (operation.kind === "check") {
      this.#engine.check();
      return;
    }
    this.#results[tag] = this.#codec.outcomeOf(this.#engine.execute(this.#encode(operation)).result);
  }

  async #ofProcess(operation: ProcessOperation): Promise<void> {
    const process = this.#process(operation.process);
    const tag = this.#results.push(0) - 1;
    if (operation.kind === "cpu") {
      process.cpu = operation.cpu % Math.max(1, this.#engine.cpus);
      return;
    }
    if (operation.kind === "fork") {
      const { cpu } = process;
      this.#processes.set(operation.child, { space: this.#engine.reserve(), cpu, lastCpu: cpu, position: 0 });
    }
    const record = this.#encode(operation);
    if (this.#feeder) {
      await this.#hand(this.#feeder, process, record, tag);
    } else {
      this.#results[tag] = this.#codec.outcomeOf(this.#engine.execute(record).result);
    }
    if (operation.kind === "fork") {
      const child = this.#process(operation.child);
      child.lastCpu = process.lastCpu;
      child.position = process.position;
    }
    if (operation.kind === "exit") this.#processes.delete(operation.process);
  }

  /** Hands a record to the process's CPU, behind the process's last operation wherever that was. */
  async #hand(feeder: Feeder, process: Process, record: Record, tag: number): Promise<void> {
    const { cpu, lastCpu, position } = process;
    if (cpu !== lastCpu) {
      if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
      feeder.wait(cpu, lastCpu, position);
    }
    if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
    process.position = feeder.put(cpu, record, tag);
    process.lastCpu = cpu;
  }

  #encode(operation: Operation): Record {
    const view = this.#record;
    this.#codec.encode(operation, view, 0);
    return {
      op: view.getUint8(0),
      flags: view.getUint8(1),
      space: view.getUint16(2, true),
      aux: view.getUint32(4, true),
      a: view.getBigUint64(8, true),
      b: view.getBigUint64(16, true),
      c: view.getBigUint64(24, true),
    };
  }

  #process(number: number): Process {
    const process = this.#processes.get(number);
    if (!process) throw new Error(`process ${number} does not live here: the script was not validated`);
    return process;
  }
}
