/**
 * A small checked engine that runs one program after another: its memory is copied once, and copied back between two
 * programs, so that each finds the very same machine.
 */

import { Control } from "../cpu/control.js";
import { leaveDirt } from "../cpu/dirt.js";
import { brokenInvariant, crashError } from "../cpu/panic.js";
import { Ring } from "../cpu/ring.js";
import { EnvironmentError } from "../errors.js";
import {
  FILE_PAGES,
  FILE_SLOT,
  isProcessOperation,
  MAX_PROCESSES,
  type Operation,
} from "../ops/operation.js";
import { Encoder } from "../record/encode.js";
import type { OpRecord } from "../record/record.js";
import { ScriptEncoder } from "../record/script.js";
import { fillRecords, IDLE_ROUNDS, idleRecord } from "../record/warm-up.js";
import { Layout } from "../wasm/layout.js";
import { type EngineExports, instantiateEngine } from "../wasm/loader.js";
import { createMemory, MemoryView, WASM_PAGE } from "../wasm/memory.js";
import { Image } from "./image.js";

/** The size of such a machine, in pages. */
export interface MachineShape {
  readonly frames: number;
  readonly swap: number;
  /** Blocks behind the pages of files; as many as frames where it does not say. */
  readonly blocks?: number;
  /** What a frame holds; `word` where it does not say. */
  readonly content?: "none" | "word" | "full";
  /**
   * One more CPU, which is kswapd and the flusher. They take a turn behind an operation: kswapd when somebody wants it,
   * the flusher now and then. A turn ends where they would sleep.
   */
  readonly daemons?: boolean;
  /**
   * A touch waits for the next operation of its CPU, and both run without a pause: then the pages that it brought are not
   * on the lists yet, and the CPU holds a reference to each.
   */
  readonly together?: boolean;
  /** When an operation has found no memory, no later one looks for any: as a run that ends when memory is out. */
  readonly ends?: boolean;
}

/** The answer to an operation. */
export interface Answer {
  /** 0, -errno, or -(1000 + signal). */
  readonly result: number;
  /** The word that was read, or what else the operation returned. */
  readonly value: bigint;
}

/** What is broken. */
export interface Symptom {
  /** `I1` to `I14` for a numbered invariant, otherwise the code. */
  readonly invariant: string;
  readonly code: string;
  readonly message: string;
}

/** Virtual CPUs: the operations of a program run on either, one after the other. */
export const CPUS = 2;
/** Pages for tables and objects: four processes take a third of them. */
const ARENA_PAGES = 96;
/** Operations between two turns of the flusher, and between two turns that end at once, because the host wants that. */
const FLUSHES = 6;
const STOPS = 13;
/** Records in a CPU's ring: a CPU lets go of the pages in its batch after a quarter of them, at the latest. */
const QUEUE_RECORDS = 32;
/** Processes that a program may name. */
const SPACES = 12;
/** Bytes of a word: programs store to the first one of a page. */
const WORD = 8;
/** Where to look behind it: at the beginning, in the middle and at the end. */
const LOOKS = [0, 0.5, 1] as const;
/** Pages after which reclaim judges itself: STRETCH of assembly/reclaim/worth.ts. */
const STRETCH = 65536;
/** On a machine that ends: how many pages it may still look at until then, and how many it has freed: nearly enough. */
const TO_GO = 100;
const FREED = 124;

export class CheckedMachine {
  readonly layout: Layout;
  readonly exports: EngineExports;
  /** For those who look at what the machine holds. */
  readonly control: Control;
  readonly #rings: readonly Ring[];
  readonly #script: ScriptEncoder;
  readonly #encoder: Encoder;
  readonly #image: Image;
  /** What the machine works on. */
  readonly #bytes: Uint8Array;
  /** By process: the CPU that runs its operations. */
  readonly #cpus: number[] = Array.from({ length: MAX_PROCESSES }, () => 0);
  readonly #counters: readonly (readonly [name: string, offset: number])[];
  readonly #view: MemoryView;
  readonly #isFull: boolean;
  /** Whether frames hold a word at all. */
  readonly hasWords: boolean;
  readonly #together: boolean;
  /** By CPU: touches that wait. */
  readonly #waiting: number[] = [];
  /** The CPU of kswapd and the flusher. */
  readonly #daemon: number | undefined;
  /** By the address of a word on which a CPU may sleep: its name. */
  readonly #sleeps: ReadonlyMap<number, string>;
  /** Operations of the program so far, and how kswapd's and the flusher's turns have ended. */
  #done = 0;
  #turns: string[] = [];
  /** By number of a record that ran last: the word on which its CPU would have slept. The operation ended there. */
  readonly #slept: string[] = [];
  /** The word of the last operation. */
  #last: string | undefined;
  /** Where in a CPU's block it stands how many pages the running operation has added. */
  readonly #anonDelta: number;
  /** The same of the number of its record. */
  readonly #index: number;
  /** By how many anonymous pages the operations of the program have grown their processes, by their own count. */
  #anonymous = 0;
  /** Whether reclaim may have dropped pages: no operation of their process counts these. */
  #mayDrop = false;

  /** Boots the machine. Throws an EnvironmentError when the module is no checked engine, or does not boot. */
  constructor(module: WebAssembly.Module, shapeOf: MachineShape) {
    const { frames, swap, blocks = frames, content: holds = "word", ends = false } = shapeOf;
    const { daemons = false, together = false } = shapeOf;
    const layout = Layout.of(module);
    const content = layout.constant(`CONTENT_${holds.toUpperCase()}`);
    const cpus = daemons ? CPUS + 1 : CPUS;
    const shape = [frames, cpus, SPACES, FILE_SLOT + 1, content, QUEUE_RECORDS, swap, blocks] as const;
    const probe = instantiateEngine(module, createMemory(WASM_PAGE));
    const bytes = probe.bootBytes(...shape, ARENA_PAGES * layout.constant("PAGE_SIZE")) >>> 0;
    // The second half keeps the machine as it was booted.
    const memory = createMemory(2 * bytes);
    this.exports = instantiateEngine(module, memory);
    const boot = (): void => {
      const result = this.exports.boot(bytes, ...shape);
      if (result !== 0) throw new EnvironmentError(`the checked engine does not boot (result ${result})`);
    };
    boot();
    this.layout = layout;
    this.#view = new MemoryView(memory);
    this.control = new Control(this.#view, layout);
    this.control.fix();
    this.#rings = Array.from({ length: cpus }, (_, cpu) => new Ring(this.control, cpu));
    this.#daemon = daemons ? CPUS : undefined;
    this.#together = together;
    this.hasWords = holds !== "none";
    this.#isFull = holds === "full";
    this.#sleeps = new Map([...NAPS, MISSING].map((name) => [this.#wordOf(name), name]));
    this.#script = new ScriptEncoder(layout);
    this.#encoder = new Encoder(layout);
    const cpu = layout.struct("Cpu");
    this.#anonDelta = cpu.offset("anonDelta");
    this.#index = cpu.offset("index");
    this.#counters = cpu
      .fieldsWith("stat")
      .filter((name) => /^stat(Objects\d+|Frames|Tables)$/.test(name))
      .map((name) => [name, cpu.offset(name)] as const);
    try {
      this.#warmUp();
    } catch (error) {
      // What is wrong already here, a program must show: then the lists of the CPUs are empty when it begins.
      this.symptom(error);
      new Uint8Array(memory.buffer).fill(0);
      boot();
      this.control.fix();
      for (const ring of this.#rings) ring.resume();
      this.#begin();
    }
    this.#bytes = new Uint8Array(memory.buffer, 0, bytes);
    leaveDirt(this.control);
    if (ends) this.#endWhenOut();
    this.#neverSleep();
    this.#image = new Image(memory, bytes);
    this.restore();
  }

  /** Begins a program: everything is as it was after the boot. */
  restore(): void {
    this.#image.restore();
    for (const ring of this.#rings) ring.resume();
    this.#cpus.fill(0);
    this.#anonymous = 0;
    this.#mayDrop = false;
    this.#done = 0;
    this.#turns = [];
    this.#waiting.fill(0);
  }

  /** What ran unasked, with its result: touches that waited, and turns of kswapd and the flusher, or where these would sleep. */
  get turns(): string {
    return this.#turns.join(" ");
  }

  /** Whether both hold the same bytes: then they are in the same state. */
  isLike(other: CheckedMachine): boolean {
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }

  /** The CPU that runs a process's operations. */
  cpuOf(process: number): number {
    return this.#cpus[process] ?? 0;
  }

  /** Executes one operation. Throws what the engine throws: a trap. `dump` and `sync` do nothing. */
  run(operation: Operation): Answer {
    if (operation.kind === "cpu") {
      this.#cpus[operation.process] = operation.cpu % CPUS;
      return DONE;
    }
    const cpu = isProcessOperation(operation) ? this.cpuOf(operation.process) : 0;
    if (operation.kind === "fork") this.#cpus[operation.child] = cpu;
    else if (operation.kind === "madvise" && operation.advice === "free") this.#mayDrop = true;
    const record = this.#script.encode(operation);
    if (record === undefined) return DONE;
    if (this.#together && operation.kind === "touch" && (this.#waiting[cpu] ?? 0) < MOST_WAITING) {
      (this.#rings[cpu] as Ring).write(record);
      this.#waiting[cpu] = (this.#waiting[cpu] ?? 0) + 1;
      return UNKNOWN;
    }
    const answer = this.#execute(cpu, this.#staged(record));
    this.#done++;
    if (this.#daemon !== undefined) this.#takeTurns(this.#daemon);
    return answer;
  }

  /** Runs the touches that still wait. Throws what the engine throws. */
  flush(): void {
    for (const [cpu, waiting] of this.#waiting.entries()) if (waiting > 0) this.#runRing(cpu);
  }

  /** kswapd and the flusher run until they would sleep, or are told to end. */
  #takeTurns(cpu: number): void {
    const turn = (op: string): void => {
      const { result } = this.#execute(cpu, { op: this.layout.constant(op) });
      this.#turns.push(this.#last ?? `${op} ${result}`);
    };
    if (this.#view.u32(this.#wordOf("kswapdWake")) !== 0) turn("OP_KSWAPD");
    if (this.#done % FLUSHES === 0) turn("OP_FLUSHER");
    if (this.#done % STOPS !== 0) return;
    for (const [op, word] of [
      ["OP_KSWAPD", "kswapdStop"],
      ["OP_FLUSHER", "flusherStop"],
    ] as const) {
      this.#view.store(this.#wordOf(word), 1);
      turn(op);
      this.#view.store(this.#wordOf(word), 0);
    }
  }

  /** A page that somebody supplies, with all of its bytes where frames have them: they stand behind the last frame. */
  #staged(record: OpRecord): OpRecord {
    const { layout, control } = this;
    if (!this.#isFull || record.op !== layout.constant("OP_SUPPLY") || (record.aux ?? 0) === 0) return record;
    const size = layout.constant("PAGE_SIZE");
    const stage = control.get("contentBase") + (control.get("frames") + 1) * size;
    this.#bytes.fill(0, stage, stage + size);
    this.#view.setU64(stage, BigInt(record.b ?? 0));
    return { ...record, aux: layout.constant("SUPPLY_STAGED"), b: 0 };
  }

  #wordOf(field: string): number {
    return this.layout.constant("CTL") + this.layout.struct("Ctl").offset(field);
  }

  /** Nobody runs beside a CPU that sleeps: it stops instead, as where its thread may not block. */
  #neverSleep(): void {
    const { control, layout } = this;
    const spins = layout.struct("Cpu").offset("spins");
    for (let cpu = 0; cpu < control.cpus; cpu++) control.view.store(control.cpuBase(cpu) + spins, 1);
  }

  /** Checks every invariant. Throws the trap of a panic. */
  check(): void {
    this.flush();
    this.exports.cpuStart(this.control.cpus);
    this.exports.checkAll();
  }

  /**
   * Ends the processes and the file, and returns what is left of them in words; empty: nothing. What the operations have
   * counted must be nothing then, too. Throws as `check`.
   */
  end(processes: readonly number[]): string {
    const { exports } = this;
    this.flush();
    for (const process of processes) this.#execute(this.cpuOf(process), this.#encoder.exit(process));
    this.#execute(0, this.#encoder.dropFile(FILE_SLOT));
    exports.cpuStart(this.control.cpus);
    exports.reclaimIdle();
    exports.checkAll();
    return this.#leaks();
  }

  /**
   * A page that holds bytes of an earlier use, in words; undefined: there is none. Programs store to the first word of a
   * page only, so that all behind it must be 0, wherever the page has been. Only where frames have all of their bytes.
   */
  stale(): string | undefined {
    if (!this.#isFull) return undefined;
    const { view, layout } = this.control;
    const flags = layout.struct("Page").offset("flags");
    const uptodate = layout.constant("PG_UPTODATE");
    for (const { page, content } of this.#frames()) {
      if ((view.u32(page + flags) & uptodate) === 0) continue;
      const size = layout.constant("PAGE_SIZE");
      if (LOOKS.every((part) => view.u32(content + WORD + (Math.floor(part * (size - WORD - 4)) & ~3)) === 0))
        continue;
      return "a page holds bytes that nobody has stored there: what its frame held for somebody else";
    }
    return undefined;
  }

  /** What is broken, after the engine threw. Rethrows an error that is not the engine's. */
  symptom(error: unknown): Symptom {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    const control = this.control;
    if (!control.panicked) control.stopForCrash(0);
    const broken = brokenInvariant(control);
    const { message } = crashError(control, error.message);
    // What it waits for never comes.
    if (broken.code === "SPUN") return { invariant: "HANG", code: "HANG", message };
    return { ...broken, message };
  }

  #execute(cpu: number, record: OpRecord): Answer {
    (this.#rings[cpu] as Ring).write(record);
    this.#runRing(cpu);
    const [answer = DONE] = this.#collect(cpu, 1);
    return answer;
  }

  /** Runs what is in a CPU's ring, and collects the touches that have waited there. */
  #runRing(cpu: number): void {
    const ring = this.#rings[cpu] as Ring;
    ring.publishHere();
    this.#slept.length = 0;
    const index = this.control.cpuBase(cpu) + this.#index;
    do {
      this.exports.cpuStart(cpu);
      try {
        this.exports.runQueue();
      } catch (error) {
        const word = this.#asleep();
        if (word === undefined) throw error;
        this.#slept[this.#view.u32(index)] = word;
        this.#wake(cpu);
        // The operation ended at a missing page. It may have added pages before, and these count.
        this.#anonymous += this.#view.u32(this.control.cpuBase(cpu) + this.#anonDelta) | 0;
      }
    } while (this.#slept.length > 0 && this.#view.u32(index) !== ring.produced);
    const waited = this.#waiting[cpu] ?? 0;
    this.#waiting[cpu] = 0;
    for (const { result } of this.#collect(cpu, waited)) this.#turns.push(`touch ${result}`);
  }

  /** The outcomes of so many operations. */
  #collect(cpu: number, count: number): Answer[] {
    const ring = this.#rings[cpu] as Ring;
    const answers: Answer[] = [];
    for (let left = count; left > 0; left--) {
      const word = this.#slept[ring.consumed];
      if (word !== undefined) {
        ring.skip();
        this.#last = word;
        answers.push({ result: word === MISSING ? -this.layout.constant("EMISSING") : 0, value: 0n });
        continue;
      }
      const outcome = ring.collect();
      this.#last = undefined;
      this.#anonymous += outcome.anonDelta;
      answers.push(outcome);
    }
    return answers;
  }

  /** The word on which the CPU would sleep that has just stopped. It holds nothing then. Undefined: it is no such sleep. */
  #asleep(): string | undefined {
    const { control, layout } = this;
    if (!control.panicked || control.get("panicCode") !== layout.constant("PANIC_SPUN")) return undefined;
    const word = this.#sleeps.get(control.get("panicArg0"));
    const isHere = (word === MISSING) === (control.get("panicCpu") !== this.#daemon);
    return isHere && control.get("panicHeld") === 0 ? word : undefined;
  }

  /** The CPU leaves its sleep and the operation, as if that had ended. Nothing is left of the stop. */
  #wake(cpu: number): void {
    const { control, layout } = this;
    const ctl = layout.struct("Ctl");
    for (const field of ctl.fieldsWith("panic")) control.view.store(this.#wordOf(field), 0);
    control.view.store(this.#wordOf("stop"), layout.constant("STOP_RUN"));
    const struct = layout.struct("Cpu");
    const word = (field: string): number => control.cpuBase(cpu) + struct.offset(field);
    const next = control.view.u32(word("index")) + 1;
    control.view.store(word("index"), next);
    control.view.store(word("done"), next);
    for (const field of ["current", "waits"]) control.view.store(word(field), 0);
  }

  /** The addresses of each frame's structure and of its bytes. */
  *#frames(): Generator<{ readonly page: number; readonly content: number }> {
    const { control, layout } = this;
    const { size } = layout.struct("Page");
    for (let frame = 1; frame <= control.get("frames"); frame++)
      yield {
        page: control.get("pageBase") + frame * size,
        content: control.get("contentBase") + frame * layout.constant("PAGE_SIZE"),
      };
  }

  /** From here on memory that is out stays out, and reclaim is about to judge whether it is worth it. */
  #endWhenOut(): void {
    const { control, layout } = this;
    const ctl = layout.struct("Ctl");
    const put = (field: string, value: number): void =>
      control.view.store(layout.constant("CTL") + ctl.offset(field), value);
    put("endsAtRefusal", layout.constant("ENDS_AT_ANY"));
    put("scanned", STRETCH - TO_GO);
    put("freed", FREED);
  }

  /** Lets each CPU fill its lists, makes the file and the first process, and lets every grace period end. */
  #warmUp(): void {
    const encoder = this.#encoder;
    for (let cpu = 0; cpu < this.control.cpus; cpu++)
      for (const record of fillRecords(encoder, SPACES - 1, cpu)) this.#execute(cpu, record);
    this.#begin();
    // The checked engine counts what it holds, so the CPUs give back what they batch.
    const idle = idleRecord(this.layout, true);
    for (let round = 0; round < IDLE_ROUNDS; round++)
      for (let cpu = 0; cpu < this.control.cpus; cpu++) this.#execute(cpu, idle);
  }

  /** Makes what every program finds: the file, and process 0. */
  #begin(): void {
    this.#execute(0, this.#encoder.createFile(FILE_SLOT, FILE_PAGES));
    this.#execute(0, this.#encoder.spawn(0));
  }

  /** What is alive although nothing lives, by the engine's own counts. */
  #leaks(): string {
    const control = this.control;
    const left: string[] = [];
    for (const [name, offset] of this.#counters) {
      let sum = 0;
      for (let cpu = 0; cpu <= control.cpus; cpu++)
        sum = (sum + this.#view.u32(control.cpuBase(cpu) + offset)) | 0;
      if (sum !== 0) left.push(`${sum} ${this.#nameOf(name)}`);
    }
    if (this.#anonymous !== 0 && !this.#mayDrop)
      left.push(`${this.#anonymous} anonymous pages, by what the operations counted`);
    return left.join(", ");
  }

  #nameOf(counter: string): string {
    const cache = /^statObjects(\d+)$/.exec(counter)?.[1];
    if (cache === undefined) return counter.slice("stat".length).toLowerCase();
    return (this.layout.nameOf("SLAB_", Number(cache)) ?? `objects of kind ${cache}`).toLowerCase();
  }
}

const DONE: Answer = { result: 0, value: 0n };
/** The answer to a touch that waits: nobody knows it yet. It notes nothing as done. */
const UNKNOWN: Answer = { result: -1, value: 0n };
/** Touches of a CPU that wait, at most. */
const MOST_WAITING = 3;
/** Words on which a CPU sleeps that holds nothing: kswapd on the first two, the flusher on the third. */
const NAPS = ["kswapdWake", "kswapdStop", "flusherStop"] as const;
/** A CPU that waits for a missing page sleeps on this one. */
const MISSING = "supplied";
