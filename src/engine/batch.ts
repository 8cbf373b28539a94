/** Operations for the worker CPUs. You collect them first, and then run them at the same time. */
import { Feeder } from "../cpu/feeder.js";
import { UsageError } from "../errors.js";
import { type Advice, isWrite, type Protection } from "../record/calls.js";
import { checkedRecord } from "../record/checked.js";
import type { RemapOptions } from "../record/encode.js";
import type { OpRecord, Refused } from "../record/record.js";
import { resultName } from "../record/results.js";
import { noOptions, show } from "../text/arguments.js";
import type { Core } from "./core.js";
import { EngineFile, usableFile } from "./file.js";
import { INSPECT, inLine, MADE_HERE, mustBeMadeHere } from "./handle.js";
import { type AddressSpace, type MmapOptions, mapOptions, spaceAccess } from "./space.js";

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

/** A handle that must keep its slot until the step has run: a mapping's file, a fork's child. */
type Second = AddressSpace | EngineFile;

/** One operation, and the handles that it names. */
interface OperationStep {
  readonly cpu: number;
  readonly operation: OpRecord;
  readonly space: AddressSpace | undefined;
  readonly second: Second | undefined;
}

type Step = OperationStep | "sync";

/**
 * A batch. The operations of one CPU run in the order in which you added them. Those of different CPUs run at the
 * same time, in any order; `sync()` makes all CPUs meet. A batch runs once and then takes no more operations.
 */
export class Batch {
  /** The engine that made it. */
  readonly engine: object;
  readonly #core: Core;
  readonly #giveBack: (space: AddressSpace) => void;
  readonly #steps: Step[] = [];
  #started = false;

  /** Use `engine.batch()`. */
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
   */
  async run(...none: []): Promise<BatchResult[]> {
    noOptions("run of a batch", none);
    this.#mustCollect("run");
    this.#started = true;
    return this.#core.runBatch(
      () => this.#handles(),
      () => this.#feed(),
    );
  }

  async #feed(): Promise<BatchResult[]> {
    const { pool, encoder } = this.#core;
    const { layout } = this.#core.machine;
    const exit = layout.constant("OP_EXIT");
    const results: BatchResult[] = [];
    const ran: OperationStep[] = [];
    const feeder = new Feeder(pool, encoder, (tag, { result, value, refused }) => {
      const { cpu, operation, space } = ran[tag] as OperationStep;
      results[tag] = { cpu, result: resultName(layout, result), value, ...(refused && { refused }) };
      if (space !== undefined && operation.op === exit && result === 0) this.#giveBack(space);
    });
    for (const step of this.#steps) {
      if (step === "sync") {
        await this.#meet(feeder);
        continue;
      }
      if (!feeder.hasRoom(step.cpu)) await feeder.room(step.cpu);
      feeder.put(step.cpu, step.operation, ran.push(step) - 1);
    }
    await feeder.finish();
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
      const what = () => `operation ${number} of the batch (${layout.nameOf("OP_", operation.op)})`;
      if (space !== undefined && space !== last) {
        spaceAccess.usable(space, core, () => `${what()}: its address space`);
        handles.add(space);
        last = space;
      }
      if (second instanceof EngineFile) usableFile(second, core, () => `${what()}: its file`);
      else if (second !== undefined) spaceAccess.usable(second, core, () => `${what()}: its child`);
      if (second !== undefined) handles.add(second);
      if (operation.op === wait) mustEnd(what, operation, produced);
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

/** Adds an operation with the handles that it names; `what` is the method's name. */
type Add = (
  what: string,
  operation: OpRecord,
  space: AddressSpace | undefined,
  second: Second | undefined,
) => void;

/**
 * Takes the operations of one CPU of a batch; every method returns the same object. See AddressSpace for what they
 * do. They check their arguments at once, and throw UsageError.
 */
export class BatchCpu {
  /** The engine that made it. */
  readonly engine: object;
  readonly #core: Core;
  readonly #cpu: number;
  readonly #add: Add;

  /** Use `batch.on(cpu)`. */
  constructor(key: typeof MADE_HERE, core: Core, cpu: number, add: Add) {
    mustBeMadeHere(key, "BatchCpu", "batch.on(cpu)");
    this.#core = core;
    this.engine = core.engine;
    this.#cpu = cpu;
    this.#add = add;
  }

  /** What `console.log` shows. */
  [INSPECT](): string {
    return inLine("BatchCpu", { cpu: this.#cpu });
  }

  read(space: AddressSpace, address: number): this {
    return this.#put("read", space, this.#core.encoder.read(this.#slot("read", space), address));
  }

  write(space: AddressSpace, address: number, value: bigint | number): this {
    return this.#put("write", space, this.#core.encoder.write(this.#slot("write", space), address, value));
  }

  touch(space: AddressSpace, address: number, pages: number, access: "read" | "write" = "write"): this {
    const write = isWrite("touch: the access", access);
    return this.#put(
      "touch",
      space,
      this.#core.encoder.touch(this.#slot("touch", space), address, pages, write),
    );
  }

  mmap(space: AddressSpace, length: number, options?: MmapOptions): this {
    const map = mapOptions(options, this.#core);
    return this.#put(
      "mmap",
      space,
      this.#core.encoder.mmap(this.#slot("mmap", space), length, map),
      options?.file,
    );
  }

  munmap(space: AddressSpace, address: number, length: number, ...none: []): this {
    noOptions("munmap", none);
    return this.#put(
      "munmap",
      space,
      this.#core.encoder.munmap(this.#slot("munmap", space), address, length),
    );
  }

  mprotect(space: AddressSpace, address: number, length: number, protection: Protection, ...none: []): this {
    noOptions("mprotect", none);
    const { encoder } = this.#core;
    return this.#put(
      "mprotect",
      space,
      encoder.mprotect(this.#slot("mprotect", space), address, length, protection),
    );
  }

  mremap(
    space: AddressSpace,
    address: number,
    length: number,
    newLength: number,
    options?: RemapOptions,
  ): this {
    const { encoder } = this.#core;
    return this.#put(
      "mremap",
      space,
      encoder.mremap(this.#slot("mremap", space), address, length, newLength, options),
    );
  }

  madvise(space: AddressSpace, address: number, length: number, advice: Advice, ...none: []): this {
    noOptions("madvise", none);
    return this.#put(
      "madvise",
      space,
      this.#core.encoder.madvise(this.#slot("madvise", space), address, length, advice),
    );
  }

  /** Forks into an address space from `engine.reserve()`. */
  fork(space: AddressSpace, child: AddressSpace, ...none: []): this {
    noOptions("fork", none);
    const into = spaceAccess.usable(child, this.#core, () => "fork: the child").slot;
    return this.#put("fork", space, this.#core.encoder.fork(this.#slot("fork", space), into), child);
  }

  exit(space: AddressSpace, ...none: []): this {
    noOptions("exit", none);
    return this.#put("exit", space, this.#core.encoder.exit(this.#slot("exit", space)));
  }

  /** Adds any operation record. It names slots, and nothing checks what is in them when the batch runs. */
  operation(operation: OpRecord): this {
    this.#add(
      "operation",
      checkedRecord(this.#core.machine.layout, "operation", operation, false),
      undefined,
      undefined,
    );
    return this;
  }

  #put(what: string, space: AddressSpace, operation: OpRecord, second?: Second | undefined): this {
    this.#add(what, operation, space, second);
    return this;
  }

  /** The slot of an address space that this batch may use. */
  #slot(what: string, space: AddressSpace): number {
    if (spaceAccess.live(space, this.#core)) return space.slot;
    return spaceAccess.usable(space, this.#core, () => `${what}: the address space`).slot;
  }
}
