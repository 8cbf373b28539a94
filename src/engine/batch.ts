/** Operations for the worker CPUs. You collect them first, and then run them at the same time. */
import { type ArraysOfCpu, Feeder, type OutcomeHandler, type PieceHandler } from "../cpu/feeder.js";
import { UsageError } from "../errors.js";
import type { OpRecord, Refused } from "../record/record.js";
import { resultName } from "../record/results.js";
import { type Abortable, mustGoOn, signalOf } from "../text/abort.js";
import { noOptions, optionsOf, show } from "../text/arguments.js";
import { BatchCpu, type Second, type Work } from "./batch-cpu.js";
import type { Core } from "./core.js";
import { EngineFile, usableFile } from "./file.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere } from "./handle.js";
import { type AddressSpace, spaceAccess } from "./space.js";

/** The result of one operation of a batch. */
export interface BatchResult {
  /** CPU that executed it. */
  readonly cpu: number;
  /** 0, the name of an errno, `SEGV` or `BUS`. */
  readonly result: 0 | string;
  /**
   * What ran out, when the operation found no memory (`ENOMEM`, or `EAGAIN` of madvise). Undefined for an ENOMEM that
   * comes from a rule.
   */
  readonly refused?: Refused;
  /** The word read, the resulting address, or the count of pages touched. */
  readonly value: bigint;
}

/** How to run a batch. */
export interface RunOptions {
  /** Stops handing out operations. */
  readonly signal?: Abortable;
}

/** One operation, and the handles that it names. */
interface OperationStep {
  readonly cpu: number;
  readonly operation: Work;
  readonly space: AddressSpace | undefined;
  readonly second: Second | undefined;
}

type Step = OperationStep | "sync";

/**
 * A batch. The operations of one CPU run in the order in which you added them. Those of different CPUs run at the
 * same time, in any order; `sync()` makes all CPUs meet. A batch runs once and then takes no more operations.
 */
export class Batch {
  /** The engine that made it, to compare with yours. */
  readonly engine: object;
  readonly #core: Core;
  readonly #giveBack: (space: AddressSpace) => void;
  readonly #steps: Step[] = [];
  #started = false;

  /** @internal Use `engine.batch()`. */
  constructor(key: typeof MADE_HERE, core: Core, giveBack: (space: AddressSpace) => void) {
    mustBeMadeHere(key, "Batch", "engine.batch()");
    this.#core = core;
    this.engine = core.engine;
    this.#giveBack = giveBack;
  }

  /** What `console.log` shows. */
  [INSPECT](): string {
    const operations = this.#steps.filter((step) => step !== "sync").length;
    return inLine("Batch", { operations, started: this.#started });
  }

  /** Returns an object that takes operations for one CPU. Throws UsageError when there is no such CPU. */
  on(cpu: number): BatchCpu {
    this.#mustCollect("on");
    const { cpus } = this.#core;
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < cpus)) {
      const hint =
        cpus === 0
          ? "this engine has no worker CPUs: create it with { cpus: N }"
          : `this engine has ${cpus} worker CPUs, numbered from 0`;
      throw new UsageError(`there is no CPU ${show(cpu)}`, hint);
    }
    return new BatchCpu(MADE_HERE, this.#core, cpu + 0, (what, operation, space, second) => {
      this.#mustCollect(what);
      this.#steps.push({ cpu: cpu + 0, operation, space, second });
    });
  }

  /** All CPUs meet here: operations that you add later start only after all earlier ones have ended. */
  sync(...none: []): this {
    noOptions("sync", none);
    this.#mustCollect("sync");
    this.#steps.push("sync");
    return this;
  }

  /**
   * Runs the batch. Resolves with one result for each operation, in the order in which you added them. A failed
   * operation is a result, not an error. An address space that exits in a batch has ended afterwards. Rejects with
   * UsageError before anything runs, when an address space or file of the batch has ended, or when a wait could never
   * end. Also rejects with UsageError when you dispose the engine meanwhile, and with EngineCrashError or
   * WatchdogError.
   *
   * When `signal` is aborted, the CPUs get no further operations. They finish those that they have, and then it rejects with
   * the signal's reason; what has run, has run. A batch whose turn has not come rejects at once, and runs nothing.
   */
  async run(options?: RunOptions, ...none: []): Promise<BatchResult[]> {
    noOptions("run of a batch", none);
    const given: RunOptions = optionsOf("run of a batch", options, ["signal"]);
    const signal = signalOf("run of a batch", given.signal);
    this.#mustCollect("run");
    this.#started = true;
    return this.#core.runBatch(
      () => this.#handles(),
      () => this.#feed(signal),
      signal,
    );
  }

  async #feed(signal: Abortable | undefined): Promise<BatchResult[]> {
    mustGoOn(signal);
    const { pool, encoder } = this.#core;
    const { layout } = this.#core.machine;
    const exit = layout.constant("OP_EXIT");
    const results: BatchResult[] = [];
    const ran: OperationStep[] = [];
    const onOutcome: OutcomeHandler = (tag, { result, value, refused }) => {
      const { cpu, operation, space } = ran[tag] as OperationStep;
      results[tag] = { cpu, result: resultName(layout, result), value, ...(refused && { refused }) };
      if (space !== undefined && "op" in operation && operation.op === exit && result === 0)
        this.#giveBack(space);
    };
    // A step of many accesses has one result: the sum of its pieces.
    const onPiece: PieceHandler = (tag, outcome) => {
      const { cpu } = ran[tag] as OperationStep;
      const before = results[tag] ?? { cpu, result: 0, value: 0n };
      const result = before.result === 0 ? resultName(layout, outcome.result) : before.result;
      results[tag] = { cpu, result, value: before.value + outcome.value };
    };
    const feeder = new Feeder(pool, encoder, onOutcome, onPiece);
    const goOn = () => signal?.aborted !== true;
    let arrays: ArraysOfCpu[] = [];
    for (const step of this.#steps) {
      // Arrays that stand together go to their CPUs together.
      if (step !== "sync" && !("op" in step.operation)) {
        const tag = ran.push(step) - 1;
        results[tag] = { cpu: step.cpu, result: 0, value: 0n };
        arrays.push({ cpu: step.cpu, many: step.operation, tag });
        continue;
      }
      if (arrays.length > 0) await feeder.putMany(arrays, goOn);
      arrays = [];
      if (!goOn()) break;
      if (step === "sync") {
        await this.#meet(feeder);
        continue;
      }
      if (!feeder.hasRoom(step.cpu)) await feeder.room(step.cpu);
      if (!goOn()) break;
      feeder.put(step.cpu, step.operation as OpRecord, ran.push(step) - 1);
    }
    if (arrays.length > 0) await feeder.putMany(arrays, goOn);
    await feeder.finish();
    mustGoOn(signal);
    return results;
  }

  /** All handles that the steps name. Throws UsageError when one has ended, or a wait points forwards. */
  #handles(): ReadonlySet<Second> {
    const core = this.#core;
    const { pool } = core;
    const { layout } = core.machine;
    const wait = layout.constant("OP_WAIT");
    const produced = pool.rings.map((ring) => ring.produced);
    const handles = new Set<Second>();
    let last: AddressSpace | undefined;
    let number = 0;
    for (const step of this.#steps) {
      if (step === "sync") {
        for (const cpu of produced.keys()) produced[cpu] = (produced[cpu] as number) + produced.length - 1;
        continue;
      }
      number++;
      const { cpu, operation, space, second } = step;
      const name = "op" in operation ? layout.nameOf("OP_", operation.op) : "accesses";
      const what = () => `operation ${number} of the batch (${name})`;
      if (space !== undefined && space !== last) {
        spaceAccess.usable(space, core, () => `${what()}: its address space`);
        handles.add(space);
        last = space;
      }
      if (second instanceof EngineFile) usableFile(second, core, () => `${what()}: its file`);
      else if (second !== undefined) spaceAccess.usable(second, core, () => `${what()}: its child`);
      if (second !== undefined) handles.add(second);
      if ("op" in operation && operation.op === wait) mustEnd(what, operation, produced);
      produced[cpu] = (produced[cpu] as number) + 1;
    }
    return handles;
  }

  #mustCollect(what: string): void {
    this.#core.cpu.mustLive(`${what} of a batch`);
    if (this.#started) throw new UsageError(`${what}: a batch runs once`, "make another with engine.batch()");
  }

  /** Every CPU waits for the current position of each other CPU. */
  async #meet(feeder: Feeder): Promise<void> {
    const positions = Array.from({ length: this.#core.cpus }, (_, cpu) => feeder.position(cpu));
    for (let cpu = 0; cpu < positions.length; cpu++) {
      for (const [other, position] of positions.entries()) {
        if (other === cpu) continue;
        if (!feeder.hasRoom(cpu)) await feeder.room(cpu);
        feeder.wait(cpu, other, position);
      }
    }
  }
}

/** Throws UsageError for a wait that is not for an earlier record: it would never end. */
function mustEnd(what: () => string, { aux = 0, a = 0 }: OpRecord, produced: readonly number[]): void {
  const there = produced[aux];
  if (there !== undefined && ((there - Number(a)) | 0) >= 0) return;
  throw new UsageError(
    `${what()}: it waits for position ${Number(a)} of CPU ${aux}, but no earlier operation reaches that`,
    "use sync() to make the CPUs meet",
  );
}
