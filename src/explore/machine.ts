/** A small modelled machine: one memory, one instance of the engine, and N virtual CPUs that are fibers in this thread. */

import { Control } from "../cpu/control.js";
import { EngineCrashError, UsageError } from "../errors.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { COUNTER } from "../wasm/counts.js";
import type { Layout } from "../wasm/layout.js";
import { MemoryView } from "../wasm/memory.js";
import { Access, type Hook, type Value } from "./access.js";
import { linkModel, MOST_CPUS, type ModelSize } from "./boot.js";
import { isCheck, looksAtAll } from "./checks.js";
import { Fiber, type ModelExports } from "./fiber.js";
import { type MemoryModel, type ModelFactory, performBy } from "./model.js";
import { HUSHED, type Monitor } from "./monitor.js";
import { napWords } from "./nap-words.js";
import { type Places, placesOf } from "./places.js";
import type { Print } from "./print.js";
import { Rings } from "./rings.js";
import { sc } from "./sc.js";
import { Standing } from "./standing.js";
import { WeakSide } from "./weak-side.js";

/** The size and the behaviour of a modelled machine. */
export interface MachineOptions extends ModelSize {
  /** Default: sequentially consistent. */
  readonly model?: ModelFactory;
  /**
   * True: the marks by which the engine's checks notice a change in progress are decisions. Reduction needs that: an
   * execution in which nobody meets the mark is otherwise the same to it. Default false.
   */
  readonly marks?: boolean;
}

/** Bytes of a fiber's saved stack. What the races of the package run needs up to 2,400. */
const STACK_BYTES = 16384;
/** Bytes for the answers of operations. */
const ANSWER_BYTES = 8192;

/** Fields of the control block that only count: nobody decides anything by them. */
const STATISTICS = /^(tables|tablesMost|slabPages|slabPagesMost|scanned|freed|refused[A-Z].*)$/;

/** Decides whether the running fiber makes its next access, or pauses for another one. */
export type Gate = (fiber: Fiber) => boolean;
/** Called before every access that is a decision. The access object is reused. */
export type Observer = (cpu: number, access: Access) => void;
/** Called for every plain access to a contended word, before the CPU's next decision. */
export type Watcher = (cpu: number, write: boolean, at: number, bytes: number, place: number) => void;

const goOn: Gate = () => true;

export class Machine {
  readonly cpus: number;
  readonly view: MemoryView;
  readonly layout: Layout;
  readonly control: Control;
  readonly model: MemoryModel;
  readonly monitor: Monitor;
  readonly fibers: readonly Fiber[];
  /** Bytes of the engine's memory and its answers. */
  readonly end: number;
  /** Names of the places in the code, by number. */
  readonly places: readonly string[];
  /** Called at each access of a fiber to a contended word. */
  gate: Gate = goOn;
  observer: Observer | undefined;
  /** Called when a CPU comes to a decision, before anybody decides. */
  onArrive: ((cpu: number) => void) | undefined;
  watcher: Watcher | undefined;
  /** What a weak memory model needs besides. */
  readonly weak: WeakSide;
  /** The plain accesses to contended words since somebody emptied this: offset, bytes, 1 for a store. */
  readonly plain: number[] = [];
  /** Decides what a memory model leaves open. */
  choose: (count: number) => number = () => 0;

  readonly #exports: ModelExports;
  readonly #rings: Rings;
  readonly #hostAccess = new Access();
  readonly #fence = new Access();
  readonly #sources: Places;
  readonly #isWeak: boolean;
  readonly #standing: Standing;
  readonly #naps: ReadonlySet<number>;
  readonly #answersEnd: number;
  #running: Fiber | undefined;
  #noted: Uint8Array | undefined;
  #answers: number;

  /** Boots a machine. Throws an EnvironmentError when the module is no model build or the sizes do not fit. */
  constructor(options: MachineOptions) {
    const { cpus } = options;
    if (!(cpus >= 1 && cpus <= MOST_CPUS))
      throw new UsageError(`a modelled machine has 1 to ${MOST_CPUS} CPUs, not ${cpus}`);
    const linked = linkModel(options, ANSWER_BYTES, cpus * STACK_BYTES, this.#hook.bind(this), {
      load: this.#plainLoad.bind(this),
      store: this.#plainStore.bind(this),
      forget: (at, bytes) => this.model.forget?.(at, bytes),
      pass: this.#pass.bind(this),
    });
    const { memory, exports, monitor, layout, places, end, stacks } = linked;
    this.cpus = cpus;
    this.layout = layout;
    this.places = places;
    this.monitor = monitor;
    this.#exports = exports;
    this.view = new MemoryView(memory);
    this.control = new Control(this.view, layout);
    this.#rings = new Rings(this);
    this.model = (options.model ?? sc)(this.view, (count) => this.choose(count), cpus, this.control);
    this.#isWeak = this.model.plainStore !== undefined;
    this.#sources = placesOf(options.module);
    const direct = sc(this.view, () => 0, cpus);
    const { view, model } = this;
    this.weak = new WeakSide({ model, direct, view, monitor, sources: this.#sources, places, cpus });
    this.fibers = Array.from({ length: cpus }, (_, cpu) => {
      return new Fiber(cpu, exports, this.view, stacks + cpu * STACK_BYTES, STACK_BYTES);
    });
    this.#standing = new Standing(monitor, this.model, this.fibers);
    this.end = stacks;
    this.#answers = end;
    this.#answersEnd = end + ANSWER_BYTES;
    linked.boot();
    this.#naps = napWords(this.control);
    this.#contendNaps();
    monitor.weaken(this.#isWeak);
    for (const [place, name] of places.entries())
      if (options.marks ? looksAtAll(name) : isCheck(name)) monitor.hush(place);
    const ctl = layout.struct("Ctl");
    for (const name of ctl.fieldsWith("").filter((field) => STATISTICS.test(field)))
      monitor.exempt(layout.constant("CTL") + ctl.offset(name));
  }

  /** Whether the engine counts what runs of it. */
  get isCounted(): boolean {
    return `${COUNTER}0` in this.#exports;
  }

  /** Whether somebody hears of more than its accesses. */
  get isWatched(): boolean {
    return this.onArrive !== undefined || this.weak.isWatched;
  }

  /** The exports of the engine: its counters, where it was compiled with any. */
  get exports(): object {
    return this.#exports;
  }

  /**
   * Reserves bytes for an operation's answer, 8-byte aligned; returns their offset. Only before you save the machine.
   */
  allocate(bytes: number): number {
    const at = this.#answers;
    this.#answers += (bytes + 7) & ~7;
    if (this.#answers > this.#answersEnd)
      throw new UsageError("the modelled machine has no room for more answers");
    return at;
  }

  /** Executes one operation on the host CPU, at once. */
  run(operation: OpRecord): OpOutcome {
    const ring = this.#rings.host(operation);
    this.#onHost(() => this.#exports.runQueue());
    return ring.collect();
  }

  /** Gives a CPU its program, which its fiber executes. Once for each CPU, before you save the machine. */
  load(cpu: number, operations: readonly OpRecord[]): void {
    this.#rings.load(cpu, operations);
  }

  /** Executes operations on a CPU, at once and with no other CPU beside it: a setup that fills the CPU's own lists. */
  warm(cpu: number, operations: readonly OpRecord[]): OpOutcome[] {
    const ring = this.#rings.put(cpu, operations);
    this.monitor.look();
    this.#exports.cpuStart(cpu);
    this.#exports.runQueue();
    return operations.map(() => ring.collect());
  }

  /** The outcomes of a CPU's operations since `first`. Only when its fiber is done. */
  outcomes(cpu: number, first = 0): OpOutcome[] {
    return this.#rings.outcomes(cpu, first);
  }

  /** Checks every invariant and returns the number of checks. All fibers must be done. Throws the trap of a panic. */
  checkAll(): number {
    return this.#onHost(() => this.#exports.checkAll());
  }

  /** Gives back what the CPUs keep at hand. All fibers must be done. */
  reclaimIdle(): void {
    this.#onHost(() => this.#exports.reclaimIdle());
  }

  /** Bit mask of the CPUs that can make a step: not done, and neither in a wait nor before a lock that is taken. */
  runnable(): number {
    let mask = 0;
    for (const fiber of this.fibers) {
      const { state, access, cpu } = fiber;
      if (state === "done") continue;
      const { kind } = access.hook;
      if (state === "new" || (kind !== "wait" && kind !== "lock") || this.model.ready(cpu, access))
        mask |= 1 << cpu;
    }
    return mask;
  }

  /** Runs a CPU until the gate stops it or its program ends. Throws the engine's trap. */
  resume(cpu: number): Fiber {
    const fiber = this.fibers[cpu];
    if (fiber === undefined) throw new UsageError(`there is no CPU ${cpu}`);
    this.#running = fiber;
    this.monitor.watch(cpu);
    try {
      fiber.resume();
    } finally {
      this.#tellPlain(cpu);
      this.#running = undefined;
      this.monitor.look();
    }
    return fiber;
  }

  /** Saves the machine; `restore` brings it back to here as often as you like. No fiber has begun. */
  save(): void {
    this.monitor.save();
    this.model.save();
  }

  /** Notes the state for `renew`: nobody has a program yet. Only under sequential consistency. */
  note(): void {
    this.#noted = this.view.copy(0, this.end);
  }

  /** Brings the machine back to where `note` was called, and forgets what its program has shown. It takes another one. */
  renew(): void {
    if (this.#noted === undefined) throw new UsageError("note the machine's state before you renew it");
    this.restore();
    this.view.paste(0, this.#noted);
    this.monitor.forgetContended();
    this.#contendNaps();
  }

  /** Sleeps of a bounded time are decisions, whoever else looks at the word. */
  #contendNaps(): void {
    for (const at of this.#naps) this.monitor.contend(at);
  }

  /** Passes every marked access of a CPU to the gate, or only those that are decisions. */
  passAll(on: boolean): void {
    this.weak.passesAll = on;
    this.monitor.passAll(on);
  }

  /** All CPUs stand still: from here on everybody sees all stores. */
  settle(): void {
    this.model.settle();
  }

  /**
   * The CPU for which the model calls `choose`, and its place in the code. Between executions, when all CPUs stand still,
   * that is CPU 0 at the place `end`.
   */
  get chooser(): { readonly cpu: number; readonly place: string } {
    const cpu = this.#running?.cpu;
    return cpu === undefined ? { cpu: 0, place: "end" } : { cpu, place: this.weak.place };
  }

  /** Brings the machine back to where it was saved. It costs what has changed, not what there is. */
  restore(): void {
    this.monitor.restore();
    for (const fiber of this.fibers) fiber.reset();
    this.model.restore();
    if (this.plain.length > 0) this.plain.length = 0;
    this.#rings.forget();
  }

  /**
   * Notes the state in the middle of an execution, by numbers from 0 on. No fiber runs. False: there is no room, and no way
   * back to any mark of this execution. Only with a model that can.
   */
  mark(number: number): boolean {
    return this.#standing.mark(number);
  }

  /** Goes back to where `mark` was called. The marks with higher numbers are gone. */
  back(number: number): void {
    this.#standing.back(number);
    if (this.plain.length > 0) this.plain.length = 0;
    this.#rings.forget();
  }

  /** Whether `print` tells all states apart. */
  get prints(): boolean {
    return this.model.prints === true;
  }

  /** Appends a hash of the state. All fibers stand still. */
  print(into: Print): void {
    const { monitor, fibers, model } = this;
    into.putValue(monitor.stateHash()).putValue(monitor.touchedHash());
    for (const fiber of fibers) fiber.print(into);
    model.print?.(into);
  }

  /** The host stores into a word while CPUs are on their way: all of them see it. Only under sequential consistency. */
  storeFromHost(at: number, value: number): void {
    // First: a mark keeps what was there.
    this.monitor.stored(at, 4);
    this.view.setU32(at, value);
  }

  /** The host has written a record of a crash, past the monitor. */
  noteCrash(): void {
    const { layout, monitor } = this;
    monitor.stored(layout.constant("CTL"), layout.struct("Ctl").size);
  }

  #onHost<T>(work: () => T): T {
    this.monitor.look();
    this.#exports.cpuStart(this.cpus);
    return work();
  }

  /** Every decision of the module ends here: an access to a contended word, and what has to wait. */
  #hook(hook: Hook, place: number, at: number, value: Value, expected: Value): Value {
    const fiber = this.#running;
    if (fiber === undefined) return this.#atOnce(this.#hostAccess.set(hook, place, at, value, expected));
    this.#tellPlain(fiber.cpu);
    // Nobody needs to come first at a fence: what it does shows at the accesses around it.
    if (hook.kind === "fence")
      return this.#perform(fiber.cpu, this.#fence.set(hook, place, at, value, expected));
    if (!fiber.arrive()) {
      fiber.access.set(hook, place, at, value, expected);
      this.onArrive?.(fiber.cpu);
      if (!this.gate(fiber)) {
        fiber.pause();
        return hook.bits === 64 ? 0n : 0;
      }
    }
    return this.#perform(fiber.cpu, fiber.access);
  }

  /** Tells the watcher of the plain accesses since the CPU's last decision. */
  #tellPlain(cpu: number): void {
    const { watcher, plain } = this;
    if (this.monitor.logged === 0) return;
    this.monitor.drain((write, place, at, bytes) => {
      plain.push(at, bytes, write ? 1 : 0);
      if (place !== HUSHED) watcher?.(cpu, write, at, bytes, place);
    });
  }

  /** The host CPU runs while all others stand still, so a wait there never ends. */
  #atOnce(access: Access): Value {
    // Its own sleeps end at once.
    if (access.hook.kind === "wait" && this.#naps.has(access.at)) return 0;
    if (!this.model.ready(this.cpus, access)) {
      const where = this.places[access.place] ?? "?";
      throw new EngineCrashError(`the host CPU waits at ${where} for a lock that nobody will release`);
    }
    return this.#perform(this.cpus, access);
  }

  /** Before a plain load of a contended word: returns from where to load. */
  #plainLoad(place: number, at: number, bytes: number): number {
    const fiber = this.#running;
    if (fiber === undefined || this.#sources.ends[place] === true) return at;
    return this.weak.load(fiber.cpu, place, at, bytes);
  }

  /** Before a plain store to a contended word. */
  #plainStore(place: number, at: number, bytes: number, low: number, high: number): void {
    const fiber = this.#running;
    if (fiber === undefined) return;
    if (this.#sources.ends[place] === true) this.model.forget?.(at, bytes);
    else this.weak.store(fiber.cpu, place, at, bytes, low, high);
  }

  /** Before a read-modify-write of a word that is not contended. */
  #pass(hook: Hook, at: number, value: number, blockers: number): void {
    const fiber = this.#running;
    if (fiber !== undefined)
      this.weak.pass(fiber.cpu, this.#fence.set(hook, fiber.access.place, at, value, blockers));
  }

  #perform(cpu: number, access: Access): Value {
    this.observer?.(cpu, access);
    return this.#isWeak ? this.weak.perform(cpu, access) : performBy(this.model, cpu, access);
  }
}
