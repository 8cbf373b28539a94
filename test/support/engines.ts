/** The built engines as machines: every operation runs at once on the calling thread's CPU. */
import { coreOf } from "../../dist/engine/engine.js";
import { Engine } from "../../dist/index.js";
import { takeDump } from "../../dist/inspect/dump.js";
import type { OpRecord } from "../../dist/record/record.js";
import { ScriptEncoder } from "../../dist/record/script.js";
import type { Machine } from "../../model/machine.js";
import { FILE_PAGES, isProcessOperation, type Operation } from "../../src/ops/operation.js";
import type { Dump, Outcome } from "../../src/ops/outcome.js";
import { leakedPins } from "../../src/ops/pins.js";

/** Names of the engines that machines are made of. */
export const BUILDS = ["engine", "engine.checked"] as const;
export type Build = (typeof BUILDS)[number];

/** Boots an engine without worker CPUs, of which many machines can be made, one after the other. */
export function createEngine(build: Build, content: "word" | "full" = "word"): Promise<Engine> {
  return Engine.create({
    checked: build === "engine.checked",
    content,
    memory: 2 ** 25,
    // Where an allocation is refused, pages of files must not go out to make room: they are compared.
    store: 0,
    spaces: 64,
    files: 8,
  });
}

/** What an engine on which no process lives has not given back, in words; empty when that is nothing. */
export function leaks(engine: Engine): string {
  engine.settle();
  const { frames, tables, objects } = engine.stats();
  const left = Object.entries({ frames, tables, ...objects }).filter(([, value]) => value !== 0);
  return left.map(([name, value]) => `${value} ${name}`).join(", ");
}

/** A machine on an engine: process 0 lives from the start. */
export class EngineMachine implements Machine {
  readonly #engine: Engine;
  readonly #encoder: ScriptEncoder;
  /** Slots of the living processes, by process. */
  readonly #slots = new Map<number, number>();
  readonly #file: { drop(): void };
  /** What ran, with its outcomes: pins that are left are told from it. */
  readonly #ran: Operation[] = [];
  readonly #outcomes: Outcome[] = [];

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#encoder = new ScriptEncoder(engine.layout, (process) => this.#slots.get(process) ?? process);
    // The one file of all scripts is the first of the file table.
    this.#file = engine.file(FILE_PAGES);
    engine.execute(coreOf(engine).encoder.spawn(0));
    this.#slots.set(0, 0);
  }

  run(ops: readonly Operation[]): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const op of ops) {
      if (op.kind === "dump") continue;
      outcomes.push(this.#step(op));
      this.#ran.push(op);
    }
    this.#outcomes.push(...outcomes);
    return outcomes;
  }

  dump(): Dump {
    return takeDump(coreOf(this.#engine).inspector, this.#ran.length, this.#slots);
  }

  /** Whether a process lives: one whose fork failed never did. */
  lives(process: number): boolean {
    return this.#slots.has(process);
  }

  /** Runs any operation record. */
  execute(record: OpRecord): Outcome {
    return this.#encoder.outcomeOf(this.#engine.execute(record).result);
  }

  /** Slots of the living processes' address spaces. */
  spaces(): number[] {
    return [...this.#slots.values()];
  }

  /** Makes every invariant check of the build. */
  check(): void {
    this.#engine.check();
  }

  /** Ends all processes; throws when something of them is left. */
  close(): void {
    for (const slot of this.#slots.values()) this.#engine.execute(coreOf(this.#engine).encoder.exit(slot));
    this.#file.drop();
    for (const { process, page } of leakedPins(this.#ran, this.#outcomes)) {
      this.#step({ kind: "unpin", process, page, pages: 1 });
    }
    const left = leaks(this.#engine);
    if (left !== "") throw new Error(`all processes have exited, and not freed are ${left}`);
  }

  #step(op: Operation): Outcome {
    if (op.kind === "fork") this.#slots.set(op.child, op.child);
    const record = this.#encoder.encode(op);
    if (!record) return 0;
    const outcome = this.execute(record);
    if (isProcessOperation(op) && (op.kind === "exit" || (op.kind === "fork" && outcome !== 0))) {
      this.#slots.delete(op.kind === "fork" ? op.child : op.process);
    }
    return outcome;
  }
}
