/** Weak memory for the engine: a view machine beside its memory, which holds the newest values. */
import { ViewMachine } from "../views/machine.js";
import { ORDER } from "../views/order.js";
import type { MachineModel } from "../views/rules.js";
import type { Saved } from "../views/states.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";
import { combine } from "./combine.js";
import { Histories } from "./histories.js";
import type { MemoryModel, ModelFactory, Witness } from "./model.js";
import { objectsOf } from "./objects.js";
import { type ObjectOf, Pointers } from "./pointers.js";
import type { Print } from "./print.js";
import { sc } from "./sc.js";
import { readOrder, type Stale, WeakAccesses, writeOrder } from "./weak-accesses.js";
import { WeakPrint } from "./weak-print.js";

/** How to weaken memory. */
export interface WeakOptions {
  readonly model: MachineModel;
  /** CPUs that may see old values. One with a higher number, the host, works while they stand still. */
  readonly cpus: number;
  /**
   * Which object a value points to. An access to the object depends on the read that gave the pointer, and so does a
   * store of the pointer. Without it nothing depends on anything.
   */
  readonly objectOf?: ObjectOf;
}

/** Weak memory: what the interface says, by the view machine. */
export class WeakMemory implements MemoryModel {
  readonly name: string;
  readonly #view: MemoryView;
  readonly #cpus: number;
  readonly #machine: ViewMachine;
  readonly #histories: Histories;
  readonly #pointers: Pointers;
  readonly #host: MemoryModel;
  /** By mark: the state of the machine of views. */
  readonly #marked: Saved[] = [];
  readonly #accesses: WeakAccesses;
  /** Only where states can be told apart without the order of all accesses. */
  readonly #print: WeakPrint | undefined;

  constructor(view: MemoryView, choose: (count: number) => number, options: WeakOptions) {
    const { model, cpus, objectOf } = options;
    this.name = model;
    this.#view = view;
    this.#cpus = cpus;
    this.#machine = new ViewMachine({ cpus, model, lateFences: false, besides: false, choose });
    this.#histories = new Histories(view, this.#machine);
    this.#pointers = new Pointers(cpus, view.bytes, objectOf);
    this.#host = sc(view, choose, cpus);
    const [machine, histories, pointers] = [this.#machine, this.#histories, this.#pointers];
    this.#accesses = new WeakAccesses(view, choose, machine, histories, pointers);
    const { spins } = this.#accesses;
    this.#print = machine.off.overtaking ? new WeakPrint(machine, histories, pointers, spins) : undefined;
  }

  get witness(): Witness | undefined {
    return this.#accesses.witness;
  }

  set witness(witness: Witness | undefined) {
    this.#accesses.witness = witness;
  }

  get clipped(): boolean {
    return this.#accesses.clipped;
  }

  /** What the last load or read-modify-write did not see; undefined when it saw the newest value. */
  get stale(): Stale | undefined {
    return this.#accesses.stale;
  }

  load(cpu: number, access: Access): Value {
    return cpu >= this.#cpus ? this.#host.load(cpu, access) : this.#accesses.load(cpu, access);
  }

  store(cpu: number, access: Access): void {
    if (cpu < this.#cpus) this.#accesses.store(cpu, access);
    else {
      this.settle();
      this.#host.store(cpu, access);
    }
  }

  rmw(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.rmw(cpu, access);
    }
    return this.#accesses.modify(cpu, access, (old) => combine(access.hook.kind, old, access.value));
  }

  cas(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.cas(cpu, access);
    }
    return this.#accesses.modify(cpu, access, (old) => (old === access.expected ? access.value : undefined));
  }

  lock(cpu: number, access: Access): void {
    if (cpu >= this.#cpus) {
      this.settle();
      this.#host.lock(cpu, access);
    } else this.#accesses.take(cpu, access, false);
  }

  trylock(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.trylock(cpu, access);
    }
    return this.#accesses.take(cpu, access, true);
  }

  get(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.get(cpu, access);
    }
    const limit = access.value as number;
    const isIn = (old: number) => old > 0 && old < limit;
    const old = this.#accesses.modify(cpu, access, (seen) =>
      isIn(seen as number) ? (seen as number) + 1 : undefined,
    );
    return isIn(old as number) ? 1 : 0;
  }

  unlock(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.unlock(cpu, access);
    }
    const { hook, at, value } = access;
    let order = 0;
    if (hook.kind === "unlock") {
      order = ORDER.release | ORDER.unlock;
      if (this.#accesses.spins.has(at)) order |= ORDER.handOver;
    }
    return this.#accesses.modify(cpu, access, (old) => ((old as number) - (value as number)) >>> 0, order);
  }

  fence(cpu: number, { hook }: Access): void {
    if (cpu >= this.#cpus) return;
    this.#machine.fence(cpu, hook.order === "full" ? "mb" : hook.order === "read" ? "rmb" : "wmb");
  }

  ready(cpu: number, access: Access): boolean {
    // A wait goes on when the newest value is another one: an older one alone would be a deviation that nobody chose.
    return this.#host.ready(cpu, access);
  }

  looks(cpu: number, access: Access): boolean {
    return this.#host.looks(cpu, access);
  }

  wait(cpu: number, access: Access): void {
    if (cpu < this.#cpus) this.#accesses.wait(cpu, access);
  }

  /** The choice is that of a marked load without an order. */
  plainLoad(cpu: number, at: number, bytes: number): Value | undefined {
    if (bytes === 8 && (at & 7) === 0) {
      const seen = this.#accesses.see(cpu, at, 64);
      return seen === this.#view.u64(at) ? undefined : seen;
    }
    const word = at & -4;
    const low = this.#accesses.see(cpu, word, 32) as number;
    if (bytes === 8) {
      const high = this.#accesses.see(cpu, word + 4, 32) as number;
      if (low === this.#view.u32(word) && high === this.#view.u32(word + 4)) return undefined;
      return (BigInt(high) << 32n) | BigInt(low);
    }
    return low === this.#view.u32(word) ? undefined : low >>> ((at & 3) * 8);
  }

  /**
   * The store lands behind all others: the module makes it in memory, which holds the newest value. So two stores of
   * which one is plain land in the order in which they are made, or the marked one lands first.
   */
  plainStore(cpu: number, at: number, bytes: number, low: number, high: number): void {
    if (bytes === 8 && (at & 7) === 0) this.#accesses.land(cpu, at, 64, (BigInt(high) << 32n) | BigInt(low));
    else if (bytes === 8) {
      this.#accesses.land(cpu, at, 32, low);
      this.#accesses.land(cpu, at + 4, 32, high);
    } else if (bytes === 4) this.#accesses.land(cpu, at, 32, low);
    else {
      const shift = (at & 3) * 8;
      const mask = (2 ** (bytes * 8) - 1) << shift;
      const old = this.#view.u32(at & -4);
      this.#accesses.land(cpu, at & -4, 32, ((old & ~mask) | ((low << shift) & mask)) >>> 0);
    }
  }

  forget(at: number, bytes: number): void {
    for (let word = at & -4; word < at + bytes; word += 4) this.#histories.forget(word);
  }

  make(at: number): void {
    this.#histories.make(at & -4);
  }

  fixUnmade(): void {
    this.#histories.fix();
  }

  pass(cpu: number, access: Access): void {
    const { hook, at } = access;
    if (hook.order === "full") {
      this.#machine.full(cpu);
      return;
    }
    let order = readOrder(hook) | writeOrder(hook);
    if (hook.kind === "lock" || hook.kind === "trylock") {
      if (this.#accesses.noteLock(access)) order |= ORDER.lock;
    } else if (hook.kind === "unlock") {
      order |= ORDER.unlock;
      if (this.#accesses.spins.has(at)) order |= ORDER.handOver;
    }
    this.#machine.alone(cpu, order);
  }

  settle(): void {
    this.#histories.clear();
    this.#machine.clear();
    this.#print?.cut();
    this.#pointers.clear();
    this.#accesses.spins.clear();
    this.#accesses.stale = undefined;
  }

  save(): void {
    this.settle();
  }

  restore(): void {
    this.settle();
  }

  get prints(): boolean {
    return this.#print !== undefined;
  }

  print(into: Print): void {
    this.#print?.into(into);
  }

  mark(number: number): void {
    const kept = this.#marked[number];
    if (kept === undefined) this.#marked[number] = this.#machine.save();
    else this.#machine.save(kept);
    this.#accesses.spins.mark(number);
    this.#histories.mark(number);
    this.#pointers.mark(number);
  }

  back(number: number): void {
    this.#machine.restore(this.#marked[number] as Saved);
    this.#print?.cut();
    this.#accesses.spins.back(number);
    this.#histories.back(number);
    this.#pointers.back(number);
    this.#accesses.stale = undefined;
  }
}

/** Makes weak memory that follows dependencies. */
function weak(model: MachineModel): ModelFactory {
  return (view, choose, cpus, control) =>
    new WeakMemory(view, choose, { model, cpus, ...(control && { objectOf: objectsOf(control) }) });
}

/** Makes memory as the Linux-kernel memory model allows it. */
export const lkmm = weak("lkmm");

/** Makes the memory of Alpha, where an address that was read orders nothing. */
export const alpha = weak("alpha");

/** Makes memory of a machine whose barriers order two CPUs and no more. */
export const pairwise = weak("pairwise");

/** Makes memory that allows whatever one of those three allows, and more: what is clean in it is clean in them. */
export const weakest = weak("weakest");
