/** The engine's control block: where its tables stand, how it is asked to stop, and what it says when it panics. */
import type { Layout, Struct } from "../engine/layout.js";
import type { MemoryView } from "../engine/memory.js";

/** Reads and writes the control block, by the names of its fields. */
export class Control {
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly #base: number;
  readonly #struct: Struct;
  readonly #stop: number;
  readonly #asked: number;
  readonly #panic: number;

  constructor(view: MemoryView, layout: Layout) {
    this.view = view;
    this.layout = layout;
    this.#base = layout.constant("CTL");
    this.#struct = layout.struct("Ctl");
    this.#stop = this.#base + this.#struct.offset("stop");
    this.#asked = layout.constant("STOP_ASKED");
    this.#panic = layout.constant("STOP_PANIC");
  }

  /** Value of a u32 field. */
  get(field: string): number {
    return this.view.load(this.#base + this.#struct.offset(field));
  }

  /** Value of a u32 field, or undefined when this build's control block has none of that name. */
  find(field: string): number | undefined {
    return this.#struct.has(field) ? this.get(field) : undefined;
  }

  /** Byte offset of a CPU's own block; the host CPU's number is the count of worker CPUs. */
  cpuBase(cpu: number): number {
    return this.get("cpuBase") + cpu * this.get("cpuStride");
  }

  /** Count of worker CPUs. */
  get cpus(): number {
    return this.get("cpus");
  }

  /** True when the CPUs were asked to stop, by the host. */
  get stopAsked(): boolean {
    return this.view.load(this.#stop) === this.#asked;
  }

  /** True when a CPU has panicked or trapped, which stops all of them. */
  get panicked(): boolean {
    return this.view.load(this.#stop) === this.#panic;
  }

  /** Asks every CPU to leave its run loop. Does nothing when they stop already. */
  askStop(): void {
    Atomics.compareExchange(this.view.i32, this.#stop >>> 2, this.layout.constant("STOP_RUN"), this.#asked);
    this.wakeAll();
  }

  /** Stops every CPU after a trap on this one; the record of a panic that the engine wrote itself stays. */
  stopForCrash(cpu: number): void {
    const claim = this.#base + this.#struct.offset("panicClaim");
    if (Atomics.compareExchange(this.view.i32, claim >>> 2, 0, 1) === 0) {
      this.view.store(this.#base + this.#struct.offset("panicCpu"), cpu);
      this.view.store(this.#base + this.#struct.offset("panicCode"), this.layout.constant("PANIC_TRAP"));
    }
    this.view.store(this.#stop, this.#panic);
    this.wakeAll();
  }

  /** Wakes whoever waits for a CPU's records or results; other waits in the engine are bounded. */
  wakeAll(): void {
    const cpu = this.layout.struct("Cpu");
    this.view.notify(this.#stop);
    for (let number = 0; number <= this.cpus; number++) {
      this.view.notify(this.cpuBase(number) + cpu.offset("tail"));
      this.view.notify(this.cpuBase(number) + cpu.offset("done"));
    }
  }
}
