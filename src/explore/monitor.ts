/**
 * The monitor of a modelled engine, as the host sees it: monitor/index.ts explains what it does and how its tables lie
 * behind the engine's memory.
 */

import { monitorUrl } from "../explore-files.js";
import { instantiateNow } from "../wasm/loader.js";
import { loadModule } from "../wasm/module.js";
import { bindHooks, type Hook, type HookHandler } from "./access.js";

/** What the monitor exports besides the hooks. */
interface MonitorExports {
  tableBytes(bytes: number): number;
  place(bytes: number, base: number): void;
  logAt(): number;
  cellAt(): number;
  weaken(on: number): void;
  watch(cpu: number): void;
  look(): void;
  contended(): number;
  contendedHash(): number;
  contend(at: number): void;
  forgetContended(): void;
  ignore(at: number): void;
  exempt(at: number): void;
  hush(place: number): void;
  passAll(on: number): void;
  wasDecision(): number;
  forgetGrowth(): void;
  grownWords(): number;
  grownWord(number: number): number;
  stored(at: number, bytes: number): void;
  save(): void;
  restore(): void;
  restored(): number;
  stateHash(): bigint;
  touchedHash(): bigint;
  keep(at: number, bytes: number): void;
  mark(stackBlocks: number): number;
  holds(): number;
  back(number: number): void;
}

let own: Promise<WebAssembly.Module> | undefined;

/** The package's own monitor. */
export function loadMonitor(): Promise<WebAssembly.Module> {
  own ??= loadModule({ wasmUrl: monitorUrl() }).catch((error) => {
    // The next call may find it.
    own = undefined;
    throw error;
  });
  return own;
}

/** What a weak memory model hears of besides its decisions: plain accesses to contended words, for example. */
export interface PlainHost {
  /** Before a load. Returns from where to load: `at`, or the monitor's cell. */
  load(place: number, at: number, bytes: number): number;
  /** Before a store of `low`, and `high` above it. */
  store(place: number, at: number, bytes: number, low: number, high: number): void;
  /** Before a store of the engine's own checks. */
  forget(at: number, bytes: number): void;
  /** Before a read-modify-write of a word that is not contended, which the monitor makes. */
  pass(hook: Hook, at: number, value: number, blockers: number): void;
}

/** The read-modify-writes that the monitor makes itself, by its numbers for them. */
const PASSED: readonly Hook[] = [
  { name: "add32.full", kind: "add", bits: 32, order: "full" },
  { name: "or32.acquire", kind: "or", bits: 32, order: "acquire" },
  { name: "and32.release", kind: "and", bits: 32, order: "release" },
  { name: "lock32.acquire", kind: "lock", bits: 32, order: "acquire" },
  { name: "unlock32.release", kind: "unlock", bits: 32, order: "release" },
];

/** A plain access to a contended word. */
export type PlainHandler = (stores: boolean, place: number, at: number, bytes: number) => void;

const BYTES_SHIFT = 24;
/** Bytes of a block in which stacks are kept. */
const KEPT_BLOCK = 256;

/** The blocks in which `keep` keeps so many bytes. */
export function keptBlocks(bytes: number): number {
  return Math.ceil(bytes / KEPT_BLOCK);
}

/** The place of the engine's own checks in the log: no place of a plain access. */
export const HUSHED = 0xff_ffff;

/** One monitor on one memory. Not for two threads. */
export class Monitor {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: MonitorExports;
  readonly #functions: Readonly<Record<string, WebAssembly.ExportValue>>;
  #u32 = new Uint32Array(0);
  #log = 0;

  /** `handle` decides about the accesses that the monitor passes on, and `plain` about plain ones: see `weaken`. */
  constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, handle: HookHandler, plain: PlainHost) {
    const model = {
      ...bindHooks(module, handle),
      "plain.load": (place: number, at: number, bytes: number) => plain.load(place, at >>> 0, bytes),
      "plain.store": (place: number, at: number, bytes: number, low: number, high: number) =>
        plain.store(place, at >>> 0, bytes, low >>> 0, high >>> 0),
      "plain.forget": (at: number, bytes: number) => plain.forget(at >>> 0, bytes),
      "plain.pass": (kind: number, at: number, value: number, blockers: number) =>
        plain.pass(PASSED[kind] as Hook, at >>> 0, value >>> 0, blockers >>> 0),
    };
    const exports = instantiateNow(module, { env: { memory }, model });
    this.#memory = memory;
    this.#functions = exports;
    this.#exports = exports as unknown as MonitorExports;
  }

  /** The imports of an engine module that the monitor serves, by module and name. */
  importsOf(engine: WebAssembly.Module): WebAssembly.Imports {
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {
      env: { memory: this.#memory },
    };
    for (const { module, name, kind } of WebAssembly.Module.imports(engine)) {
      if (kind === "global") {
        // Plain accesses are always seen: a restore must know what they changed.
        imports[module] = {
          ...imports[module],
          [name]: new WebAssembly.Global({ value: "i32", mutable: true }, 1),
        };
      }
      if (kind !== "function") continue;
      const serves = this.#functions[(module === "plain" ? `plain_${name}` : name).replace(".", "_")];
      imports[module] = { ...imports[module], [name]: (serves ?? absent(name)) as WebAssembly.ImportValue };
    }
    return imports;
  }

  /** Bytes of its tables for an engine of `bytes` bytes. */
  tableBytes(bytes: number): number {
    return this.#exports.tableBytes(bytes);
  }

  /** The engine has `bytes` bytes, a multiple of 256; the tables begin at `base`. */
  place(bytes: number, base: number): void {
    this.#exports.place(bytes, base);
    this.#u32 = new Uint32Array(this.#memory.buffer);
    this.#log = this.#exports.logAt() >>> 2;
  }

  /** From here on a virtual CPU runs: accesses to contended words are decisions. */
  watch(cpu: number): void {
    this.#exports.watch(cpu);
  }

  /** From here on the host runs, alone. */
  look(): void {
    this.#exports.look();
  }

  /** Number of words that became contended so far. It only grows. */
  get contended(): number {
    return this.#exports.contended();
  }

  /** A hash of which words are contended, in hexadecimal digits. Equal hashes: the same decisions. */
  get contendedHash(): string {
    return (this.#exports.contendedHash() >>> 0).toString(16).padStart(8, "0");
  }

  /** Makes a word contended. */
  contend(at: number): void {
    this.#exports.contend(at);
  }

  /** Forgets which words are contended: another program begins. */
  forgetContended(): void {
    this.#exports.forgetContended();
  }

  /** Whether the last marked access was to a word that was contended before it: only then is it a decision. */
  get wasDecision(): boolean {
    return this.#exports.wasDecision() !== 0;
  }

  /** Undoes what the last execution found to be contended, so that it can be run again as it was. */
  forgetGrowth(): void {
    this.#exports.forgetGrowth();
  }

  /** Adds the words that the last execution found to be contended, and forgets that: see `forgetGrowth`. */
  takeGrowth(into: Set<number>): void {
    const count = this.#exports.grownWords();
    for (let number = 0; number < count; number++) into.add(this.#exports.grownWord(number));
    this.#exports.forgetGrowth();
  }

  /** Passes every marked access of a CPU to the host, or only those that are decisions. */
  passAll(on: boolean): void {
    this.#exports.passAll(on ? 1 : 0);
  }

  /** Makes the accesses of a place no decisions. */
  hush(place: number): void {
    this.#exports.hush(place);
  }

  /** Makes a word a statistic: it is never contended, and counts for no hash. */
  exempt(at: number): void {
    this.#exports.exempt(at);
  }

  /** Leaves a word out of the hash of a state: a count that says nothing about it. */
  ignore(at: number): void {
    this.#exports.ignore(at);
  }

  /** The host has stored into a range itself, past the monitor. */
  stored(at: number, bytes: number): void {
    this.#exports.stored(at, bytes);
  }

  /** Saves the engine's memory as it is. */
  save(): void {
    this.#exports.save();
  }

  /** Restores what changed since `save`, and forgets the log. */
  restore(): void {
    this.#exports.restore();
  }

  /** Keeps a piece of a fiber's stack for the mark that comes next, in `keptBlocks(bytes)` blocks. */
  keep(at: number, bytes: number): void {
    this.#exports.keep(at, bytes);
  }

  /**
   * Marks the state, numbered from 0 on in each execution; `stackBlocks` blocks were kept for it. False: there is no room,
   * and no way back to any mark.
   */
  mark(stackBlocks: number): boolean {
    return this.#exports.mark(stackBlocks) !== 0;
  }

  /** Whether `back` is possible. */
  get holds(): boolean {
    return this.#exports.holds() !== 0;
  }

  /** Goes back to a mark of this execution, and forgets the later ones. */
  back(number: number): void {
    this.#exports.back(number);
  }

  /** Whether the memory equals the saved one. Slow: for tests. */
  get restored(): boolean {
    return this.#exports.restored() !== 0;
  }

  /** A hash of what differs from the saved memory. */
  stateHash(): bigint {
    return BigInt.asUintN(64, this.#exports.stateHash());
  }

  /** A hash of who touched which words in this execution: it decides what becomes contended. */
  touchedHash(): bigint {
    return BigInt.asUintN(64, this.#exports.touchedHash());
  }

  /** Whether a weak memory model decides: the host hears of plain accesses to contended words. */
  weaken(on: boolean): void {
    this.#exports.weaken(on ? 1 : 0);
  }

  /** Offset of 8 bytes in which the host may leave what a plain load sees. */
  get cell(): number {
    return this.#exports.cellAt();
  }

  /** Number of plain accesses to contended words in the log. */
  get logged(): number {
    return this.#u32[this.#log] as number;
  }

  /** Calls `handle` for each logged access since the last call, and empties the log. */
  drain(handle: PlainHandler): void {
    const count = this.logged;
    if (count === 0) return;
    const u32 = this.#u32;
    for (let i = 0, at = this.#log + 2; i < count; i++, at += 2) {
      const access = u32[at] as number;
      handle(access >>> 31 !== 0, access & 0xff_ffff, u32[at + 1] as number, (access >>> BYTES_SHIFT) & 0x7f);
    }
    u32[this.#log] = 0;
  }
}

/** A function that an instrumented module imports and never calls. */
function absent(name: string): () => never {
  return () => {
    throw new TypeError(`the modelled engine calls ${name}, which the monitor does not know`);
  };
}
