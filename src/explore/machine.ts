/** A small modelled machine: one memory, one instance of the engine, and N virtual CPUs that are fibers in this thread. */

import { Control } from "../cpu/control.js";
import { EngineCrashError, UsageError } from "../errors.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import { COUNTER } from "../wasm/counts.js";
import type { Layout } from "../wasm/layout.js";
import { MemoryView } from "../wasm/memory.js";
import { Access, type AccessKind, type Hook, type Value } from "./access.js";
import { linkModel, MOST_CPUS, type ModelSize } from "./boot.js";
import { isCheck, looksAtAll } from "./checks.js";
import { Fiber, type ModelExports, type StandingFiber } from "./fiber.js";
import type { Recording } from "./judge/recording.js";
import { type MemoryModel, type ModelFactory, performBy } from "./model.js";
import { HUSHED, keptBlocks, type Monitor } from "./monitor.js";
import { type Places, placesOf, plainName } from "./places.js";
import { Rings } from "./rings.js";
import { sc } from "./sc.js";

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

/** Called when a CPU has seen something else than the newest value: a load, or an access that looks before it changes. */
export type StaleWatcher = (cpu: number, at: number, seen: Value) => void;

/** An order that is added at a place in the code: a barrier before the access, or what the access itself orders. */
export type AddedOrder = "full" | "write" | "read" | "release" | "acquire";

/** Orders that are added, by place: at marked accesses, and at plain ones, which get barriers only. */
export interface AddedOrders {
  readonly marked: ReadonlyMap<number, AddedOrder>;
  readonly plain: ReadonlyMap<number, AddedOrder>;
}

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
  onStale: StaleWatcher | undefined;
  /** Hears of every access of a weak model, while it is set: give it to the model as well. */
  recording: Recording | undefined;
  /** Orders that the program does not have. */
  added: AddedOrders | undefined;
  /** The plain accesses to contended words since somebody emptied this: offset, bytes, 1 for a store. */
  readonly plain: number[] = [];
  /** Decides what a memory model leaves open. */
  choose: (count: number) => number = () => 0;

  readonly #exports: ModelExports;
  readonly #rings: Rings;
  readonly #hostAccess = new Access();
  readonly #fence = new Access();
  readonly #sources: Places;
  /** Memory as it is, for accesses that are no decisions: a weak model does not hear of them. */
  readonly #direct: MemoryModel;
  readonly #isWeak: boolean;
  /** By mark: how the fibers stood. */
  readonly #standing: StandingFiber[][] = [];
  #passesAll = false;
  /** The place of the access for which a model may choose: of a hook, or of a plain access. */
  #choosing = 0;
  #choosesPlain = false;
  readonly #answersEnd: number;
  #running: Fiber | undefined;
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
    this.#direct = sc(this.view, () => 0, cpus);
    this.#isWeak = this.model.plainStore !== undefined;
    this.#sources = placesOf(options.module);
    this.fibers = Array.from({ length: cpus }, (_, cpu) => {
      return new Fiber(cpu, exports, this.view, stacks + cpu * STACK_BYTES, STACK_BYTES);
    });
    this.end = stacks;
    this.#answers = end;
    this.#answersEnd = end + ANSWER_BYTES;
    linked.boot();
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
    return this.onArrive !== undefined || this.onStale !== undefined || this.recording !== undefined;
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

  /** Passes every marked access of a CPU to the gate, or only those that are decisions. */
  passAll(on: boolean): void {
    this.#passesAll = on;
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
    if (cpu === undefined) return { cpu: 0, place: "end" };
    const plain = this.#choosesPlain ? this.#sources.plain[this.#choosing] : undefined;
    return { cpu, place: plain ? plainName(plain) : (this.places[this.#choosing] ?? "?") };
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
    const { monitor, fibers } = this;
    const standing = this.#standing[number] ?? fibers.map(() => ({ state: "new", access: new Access() }));
    this.#standing[number] = standing;
    let stacks = 0;
    for (const fiber of fibers) {
      const { at, bytes } = fiber.stack;
      if (bytes > 0) monitor.keep(at, bytes);
      stacks += keptBlocks(bytes);
      fiber.stand(standing[fiber.cpu] as StandingFiber);
    }
    this.model.mark?.(number);
    return monitor.mark(stacks);
  }

  /** Goes back to where `mark` was called. The marks with higher numbers are gone. */
  back(number: number): void {
    const standing = this.#standing[number] as StandingFiber[];
    this.monitor.back(number);
    for (const fiber of this.fibers) fiber.standAgain(standing[fiber.cpu] as StandingFiber);
    this.model.back?.(number);
    if (this.plain.length > 0) this.plain.length = 0;
    this.#rings.forget();
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
    this.#choosing = place;
    this.#choosesPlain = true;
    this.#addFence(fiber.cpu, this.added?.plain.get(place));
    this.recording?.plain(fiber.cpu, at, place);
    const seen = this.model.plainLoad?.(fiber.cpu, at, bytes);
    this.recording?.saw(fiber.cpu, seen ?? (bytes === 8 ? this.view.u64(at) : this.view.u32(at & -4)));
    if (seen === undefined) return at;
    const { view, monitor } = this;
    const { cell } = monitor;
    if (typeof seen === "bigint") view.setU64(cell, seen);
    else view.setU32(cell, seen);
    this.onStale?.(fiber.cpu, at, seen);
    return cell;
  }

  /** Before a plain store to a contended word. */
  #plainStore(place: number, at: number, bytes: number, low: number, high: number): void {
    const fiber = this.#running;
    if (fiber === undefined) return;
    if (this.#sources.ends[place] === true) {
      this.model.forget?.(at, bytes);
      return;
    }
    this.#choosing = place;
    this.#choosesPlain = true;
    this.#addFence(fiber.cpu, this.added?.plain.get(place));
    this.recording?.plain(fiber.cpu, at, place, bytes === 8 ? (BigInt(high) << 32n) | BigInt(low) : low);
    if (this.#sources.makes[place] === true) this.model.make?.(at);
    this.model.plainStore?.(fiber.cpu, at, bytes, low, high);
  }

  /** Before a read-modify-write of a word that is not contended. */
  #pass(hook: Hook, at: number, value: number, blockers: number): void {
    const fiber = this.#running;
    if (fiber !== undefined)
      this.#tellPass(fiber.cpu, this.#fence.set(hook, fiber.access.place, at, value, blockers));
  }

  #tellPass(cpu: number, access: Access): void {
    this.#choosing = access.place;
    this.#choosesPlain = false;
    this.recording?.passed(cpu, access);
    this.model.pass?.(cpu, access);
  }

  #perform(cpu: number, access: Access): Value {
    this.observer?.(cpu, access);
    if (!this.#isWeak) return performBy(this.model, cpu, access);
    // A word that is not contended, no other CPU tells apart, and a search does not pass it to the model at all.
    const isDecision = !this.#passesAll || access.hook.kind === "fence" || this.monitor.wasDecision;
    if (!isDecision) return this.#performUnseen(cpu, access);
    this.#choosing = access.place;
    this.#choosesPlain = false;
    const recording = cpu < this.cpus ? this.recording : undefined;
    if (this.added !== undefined) this.#addOrder(cpu, access, this.added);
    recording?.marked(cpu, access);
    const result =
      this.onStale === undefined || !(LOOKING.has(access.hook.kind) || access.hook.kind === "lock")
        ? performBy(this.model, cpu, access)
        : this.#watchStale(cpu, access, this.onStale);
    recording?.saw(cpu, result);
    return result;
  }

  /** Adds an order to a marked access. */
  #addOrder(cpu: number, access: Access, { marked }: AddedOrders): void {
    const order = marked.get(access.place);
    if (order === "release" || order === "acquire") {
      const { kind, bits } = access.hook;
      access.hook = { name: `${kind}${bits}.${order}`, kind, bits, order };
    } else this.#addFence(cpu, order);
  }

  #addFence(cpu: number, order: AddedOrder | undefined): void {
    if (order === undefined || order === "release" || order === "acquire") return;
    const hook: Hook = { name: `fence.${order}`, kind: "fence", bits: 0, order };
    const fence = new Access().set(hook, this.#choosing, 0, 0, 0);
    this.recording?.marked(cpu, fence);
    this.model.fence(cpu, fence);
  }

  /** Performs an access to a word that is not contended as the monitor does it, when it passes all. */
  #performUnseen(cpu: number, access: Access): Value {
    const { kind } = access.hook;
    const stores =
      STORING.has(kind) || (LOOKING.has(kind) && kind !== "load" && !this.#direct.looks(cpu, access));
    if (stores) this.#tellPass(cpu, access);
    return performBy(this.#direct, cpu, access);
  }

  /** Performs an access that looks at its word, and tells when it has seen something old. */
  #watchStale(cpu: number, access: Access, tell: StaleWatcher): Value {
    const { hook, at, expected, value } = access;
    const newest = hook.bits === 64 ? this.view.u64(at) : this.view.u32(at);
    const result = performBy(this.model, cpu, access);
    const failed =
      (hook.kind === "trylock" && result === 0 && (Number(newest) & Number(expected)) === 0) ||
      (hook.kind === "get" && result === 0 && newest !== 0 && newest < value);
    // A lock as it was before the newest store is taken beside memory, which holds the newest value.
    const takes = hook.kind === "lock" || (hook.kind === "trylock" && result === 1);
    const old = takes && this.view.u32(at) === newest;
    if ((hook.kind === "load" || hook.kind === "cas") && result !== newest) tell(cpu, at, result);
    else if (failed || old) tell(cpu, at, 0);
    return result;
  }
}

/** The read-modify-writes that always store. */
const STORING: ReadonlySet<AccessKind> = new Set([
  ...(["add", "mark", "sub", "or", "and", "xchg", "lock", "unlock", "put"] as const),
]);
/** The kinds of access that may see something old. A read-modify-write that always stores sees the newest value. */
const LOOKING: ReadonlySet<AccessKind> = new Set(["load", "cas", "trylock", "get"]);
