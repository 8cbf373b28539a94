/** The engine's control block: the places of its tables, the stop word, and the record of a panic. */

import { EnvironmentError } from "../errors.js";
import type { Layout, Struct } from "../wasm/layout.js";
import type { MemoryView } from "../wasm/memory.js";

/** Fields of the control block that change while an engine runs. All others are the geometry: `boot` writes them, once. */
const CHANGING =
  /^(stop|epoch|nextMm|kswapdWake|kswapdStop|flusherStop|pinLock|pinOrder|events|tables|tablesMost|slabPages|slabPagesMost|endsAtRefusal|refusal|refused[A-Z].*|scanned|freed|hopeless|supplied|panic[A-Z].*)$/;

/** A table of the geometry: the field with its place, and its size in bytes. */
type Table = readonly [base: string, bytes: (control: Control) => number];

const TABLES: readonly Table[] = [
  ["cpuBase", (control) => (control.cpus + 1) * control.get("cpuStride")],
  ["spaceBase", (control) => control.get("spaces") * 4],
  ["fileBase", (control) => control.get("files") * 4],
  ["pageBase", (control) => (control.get("frames") + 1) * control.layout.struct("Page").size],
  ["lruvecBase", (control) => (control.cpus + 1) * control.layout.struct("Lruvec").size],
  ["zoneBase", (control) => 2 * control.layout.struct("Zone").size],
  ["slabBase", (control) => control.layout.constant("SLAB_CACHES") * control.layout.struct("SlabCache").size],
  ["kpageBase", (control) => control.get("kpages") * control.layout.constant("ARENA_PAGE_STRIDE")],
  ["kmemBase", (control) => control.get("kpages") * control.layout.constant("PAGE_SIZE")],
];

/** Reads and writes the control block, by the names of its fields. */
export class Control {
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly #base: number;
  readonly #struct: Struct;
  readonly #stop: number;
  readonly #asked: number;
  readonly #panic: number;
  /** The geometry, as `boot` left it; empty before `fix`. */
  #fixed: ReadonlyMap<string, number> = new Map();
  /** The same by place. */
  #words: readonly { readonly at: number; readonly was: number }[] = [];
  readonly #run: number;
  #askedToStop = false;

  constructor(view: MemoryView, layout: Layout) {
    this.view = view;
    this.layout = layout;
    this.#base = layout.constant("CTL");
    this.#struct = layout.struct("Ctl");
    this.#stop = this.#base + this.#struct.offset("stop");
    this.#run = layout.constant("STOP_RUN");
    this.#asked = layout.constant("STOP_ASKED");
    this.#panic = layout.constant("STOP_PANIC");
  }

  /**
   * Copies the geometry after `boot`, so that code that later overwrites it in the shared memory does not mislead the
   * host. Throws EnvironmentError when a table does not lie inside the memory.
   */
  fix(): void {
    const names = this.#struct.fieldsWith("").filter((name) => !CHANGING.test(name));
    this.#fixed = new Map(names.map((name) => [name, this.#read(name)]));
    this.#words = [...this.#fixed].map(([name, was]) => ({
      at: this.#base + this.#struct.offset(name),
      was,
    }));
    for (const [field, bytes] of TABLES) {
      const base = this.get(field);
      const end = base + bytes(this);
      if (base % 4 === 0 && base > this.#base && end <= this.view.bytes) continue;
      throw new EnvironmentError(
        `the engine's tables make no sense: ${field} is ${base}, its table ends at ${end}, and the memory has ${this.view.bytes} bytes`,
        "the module's boot is not that of an rmap engine",
      );
    }
  }

  /** Value of a u32 field. A field of the geometry has the value that `boot` left. */
  get(field: string): number {
    return this.#fixed.get(field) ?? this.#read(field);
  }

  /** Value of a u32 field, or undefined when this build's control block has no such field. */
  find(field: string): number | undefined {
    return this.#struct.has(field) ? this.get(field) : undefined;
  }

  /** A sentence about the control words that something has overwritten since `fix`; undefined when there are none. */
  damage(): string | undefined {
    const stop = this.view.load(this.#stop);
    // Asked after every wait for a CPU, so the usual answer makes no objects.
    if (stop === this.#run && this.#intact()) return undefined;
    const words = [...this.#fixed]
      .map(([name, was]) => ({ name, was, is: this.#read(name) }))
      .filter(({ was, is }) => was !== is)
      .map(({ name, was, is }) => `${name} is ${hex(is)} and was ${hex(was)}`);
    if (stop > Math.max(this.#asked, this.#panic)) words.push(`stop is ${hex(stop)}, which means nothing`);
    else if (stop === this.#asked && !this.#askedToStop)
      words.push("stop is set, but the host did not set it");
    if (words.length === 0) return undefined;
    const more = words.length > FEW ? `, and ${words.length - FEW} more` : "";
    return `control words were overwritten: ${words.slice(0, FEW).join(", ")}${more}`;
  }

  /** Byte offset of a CPU's own block; the host CPU's number is the count of worker CPUs. */
  cpuBase(cpu: number): number {
    return this.get("cpuBase") + cpu * this.get("cpuStride");
  }

  /** Count of worker CPUs. */
  get cpus(): number {
    return this.get("cpus");
  }

  /** True when the host has asked the CPUs to stop. */
  get stopAsked(): boolean {
    return this.view.load(this.#stop) === this.#asked;
  }

  /** True when a CPU has panicked or trapped, which stops all of them. */
  get panicked(): boolean {
    return this.view.load(this.#stop) === this.#panic;
  }

  /** Asks every CPU to leave its run loop. Does nothing when they stop already. */
  askStop(): void {
    this.#askedToStop = true;
    Atomics.compareExchange(this.view.i32, this.#stop >>> 2, this.layout.constant("STOP_RUN"), this.#asked);
    this.wakeAll();
  }

  /** Stops every CPU after a trap on this one. Keeps the record of a panic that the engine wrote itself. */
  stopForCrash(cpu: number): void {
    const claim = this.#base + this.#struct.offset("panicClaim");
    if (Atomics.compareExchange(this.view.i32, claim >>> 2, 0, 1) === 0) {
      this.view.store(this.#base + this.#struct.offset("panicCpu"), cpu);
      this.view.store(this.#base + this.#struct.offset("panicCode"), this.layout.constant("PANIC_TRAP"));
    }
    this.view.store(this.#stop, this.#panic);
    this.wakeAll();
  }

  /** Wakes every thread that waits for a CPU's records or results. Other waits in the engine are bounded. */
  wakeAll(): void {
    const cpu = this.layout.struct("Cpu");
    this.view.notify(this.#stop);
    const cpus = Math.min(this.cpus, this.layout.constant("MAX_CPUS"));
    for (let number = 0; number <= cpus; number++) {
      this.view.notify(this.cpuBase(number) + cpu.offset("tail"));
      this.view.notify(this.cpuBase(number) + cpu.offset("done"));
    }
  }

  #intact(): boolean {
    for (const { at, was } of this.#words) if (this.view.load(at) !== was) return false;
    return true;
  }

  #read(field: string): number {
    return this.view.load(this.#base + this.#struct.offset(field));
  }
}

/** The most overwritten words that a sentence names. */
const FEW = 4;

/** A word in the form that you recognise most easily. */
function hex(value: number): string {
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
}
