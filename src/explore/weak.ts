/** Weak memory for the engine: a view machine beside its memory, which holds the newest values. */
import { ViewMachine } from "../views/machine.js";
import { ORDER } from "../views/order.js";
import type { ViewModel } from "../views/rules.js";
import type { Saved } from "../views/states.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Access, Hook, Value } from "./access.js";
import { combine } from "./combine.js";
import { Histories } from "./histories.js";
import { type MemoryModel, MOST_CHOICES, type ModelFactory, type Witness } from "./model.js";
import { objectsOf } from "./objects.js";
import { type ObjectOf, Pointers } from "./pointers.js";
import { sc } from "./sc.js";
import { SpinWords } from "./spin-words.js";

/** How to weaken memory. */
export interface WeakOptions {
  readonly model: ViewModel;
  /** CPUs that may see old values. One with a higher number, the host, works while they stand still. */
  readonly cpus: number;
  /**
   * Which object a value points to. An access to the object depends on the read that gave the pointer, and so does a
   * store of the pointer. Without it nothing depends on anything.
   */
  readonly objectOf?: ObjectOf;
}

/** What a load saw that was not the newest value. */
interface Stale {
  /** Who made the store that it did not see, and where in the code: the newest one. -1: before the programs began. */
  readonly cpu: number;
  readonly place: number;
}

/** The lock's word is that of a spin lock: nobody else may hold it, and 1 is held. */
const isSpin = ({ value, expected }: Access) => value === 1 && expected === 0xffffffff;

/** What a hook's order is for the read, and for the write of the access. */
const readOrder = ({ order }: Hook) => (order === "acquire" ? ORDER.acquire : 0);
const writeOrder = ({ order }: Hook) => (order === "release" || order === "assign" ? ORDER.release : 0);

/** Weak memory: what the interface says, by the view machine. */
export class WeakMemory implements MemoryModel {
  readonly name: string;
  readonly #view: MemoryView;
  readonly #cpus: number;
  readonly #isAlpha: boolean;
  readonly #machine: ViewMachine;
  readonly #histories: Histories;
  readonly #pointers: Pointers;
  readonly #host: MemoryModel;
  readonly #choose: (count: number) => number;
  /** The outcomes that a step may have: messages. */
  readonly #outcomes: number[] = [];
  /** Words of spin locks. */
  readonly #spins = new SpinWords();
  /** By mark: the state of the machine of views. */
  readonly #marked: Saved[] = [];
  witness: Witness | undefined;
  #stale: Stale | undefined;

  constructor(view: MemoryView, choose: (count: number) => number, options: WeakOptions) {
    const { model, cpus, objectOf } = options;
    this.name = model;
    this.#view = view;
    this.#cpus = cpus;
    this.#isAlpha = model === "alpha";
    this.#choose = choose;
    this.#machine = new ViewMachine({ cpus, model, lateFences: false, besides: false, choose });
    this.#histories = new Histories(view, this.#machine);
    this.#pointers = new Pointers(cpus, view.bytes, objectOf);
    this.#host = sc(view, choose, cpus);
  }

  /** What the last load or read-modify-write did not see; undefined when it saw the newest value. */
  get stale(): Stale | undefined {
    return this.#stale;
  }

  load(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) return this.#host.load(cpu, access);
    const { hook, at } = access;
    const location = this.#histories.at(at, hook.bits);
    this.#pointers.depend(this.#machine, cpu, at);
    const message = this.#pick(this.#machine.readable(cpu, location, readOrder(hook)), this.#machine.options);
    this.#hold(message, at, hook.bits);
    return this.#read(cpu, access, readOrder(hook), message);
  }

  store(cpu: number, access: Access): void {
    if (cpu >= this.#cpus) {
      this.settle();
      this.#host.store(cpu, access);
      return;
    }
    const { hook, at, value } = access;
    const location = this.#histories.at(at, hook.bits);
    this.#pointers.depend(this.#machine, cpu, at);
    this.#pointers.dependOnValue(this.#machine, cpu, value);
    const order = writeOrder(hook);
    // Half of a wide word: the other half comes from the newest value, so it cannot land before that.
    const after = this.#histories.isHalf(at, hook.bits)
      ? this.#machine.messages.last.get(location)
      : this.#pick(this.#machine.writable(cpu, location, order), this.#machine.options);
    this.#write(cpu, access, order, after, value, false);
  }

  rmw(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.rmw(cpu, access);
    }
    return this.#modify(cpu, access, (old) => combine(access.hook.kind, old, access.value));
  }

  cas(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.cas(cpu, access);
    }
    return this.#modify(cpu, access, (old) => (old === access.expected ? access.value : undefined));
  }

  lock(cpu: number, access: Access): void {
    if (cpu >= this.#cpus) {
      this.settle();
      this.#host.lock(cpu, access);
    } else this.#take(cpu, access, false);
  }

  trylock(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.trylock(cpu, access);
    }
    return this.#take(cpu, access, true);
  }

  get(cpu: number, access: Access): Value {
    if (cpu >= this.#cpus) {
      this.settle();
      return this.#host.get(cpu, access);
    }
    const limit = access.value as number;
    const isIn = (old: number) => old > 0 && old < limit;
    const old = this.#modify(cpu, access, (seen) =>
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
      if (this.#spins.has(at)) order |= ORDER.handOver;
    }
    return this.#modify(cpu, access, (old) => ((old as number) - (value as number)) >>> 0, order);
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
    if (cpu >= this.#cpus) return;
    const { hook, at, value } = access;
    const location = this.#histories.at(at, hook.bits);
    const count = this.#machine.readable(cpu, location, 0);
    const [options, outcomes] = [this.#machine.options, this.#outcomes];
    let found = 0;
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      if (this.#histories.value(message, at, hook.bits) !== value) outcomes[found++] = message;
    }
    if (found > 0) this.#read(cpu, access, 0, this.#pick(found, outcomes));
  }

  /** The choice is that of a marked load without an order. */
  plainLoad(cpu: number, at: number, bytes: number): Value | undefined {
    if (bytes === 8 && (at & 7) === 0) {
      const seen = this.#see(cpu, at, 64);
      return seen === this.#view.u64(at) ? undefined : seen;
    }
    const word = at & -4;
    const low = this.#see(cpu, word, 32) as number;
    if (bytes === 8) {
      const high = this.#see(cpu, word + 4, 32) as number;
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
    if (bytes === 8 && (at & 7) === 0) this.#land(cpu, at, 64, (BigInt(high) << 32n) | BigInt(low));
    else if (bytes === 8) {
      this.#land(cpu, at, 32, low);
      this.#land(cpu, at + 4, 32, high);
    } else if (bytes === 4) this.#land(cpu, at, 32, low);
    else {
      const shift = (at & 3) * 8;
      const mask = (2 ** (bytes * 8) - 1) << shift;
      const old = this.#view.u32(at & -4);
      this.#land(cpu, at & -4, 32, ((old & ~mask) | ((low << shift) & mask)) >>> 0);
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
      if (this.#noteLock(access)) order |= ORDER.lock;
    } else if (hook.kind === "unlock") {
      order |= ORDER.unlock;
      if (this.#spins.has(at)) order |= ORDER.handOver;
    }
    this.#machine.alone(cpu, order);
  }

  settle(): void {
    this.#histories.clear();
    this.#machine.clear();
    this.#pointers.clear();
    this.#spins.clear();
    this.#stale = undefined;
  }

  save(): void {
    this.settle();
  }

  restore(): void {
    this.settle();
  }

  mark(number: number): void {
    const kept = this.#marked[number];
    if (kept === undefined) this.#marked[number] = this.#machine.save();
    else this.#machine.save(kept);
    this.#spins.mark(number);
    this.#histories.mark(number);
    this.#pointers.mark(number);
  }

  back(number: number): void {
    this.#machine.restore(this.#marked[number] as Saved);
    this.#spins.back(number);
    this.#histories.back(number);
    this.#pointers.back(number);
    this.#stale = undefined;
  }

  /** What a CPU sees in a word without any order. */
  #see(cpu: number, at: number, bits: 32 | 64): Value {
    const location = this.#histories.at(at, bits);
    this.#pointers.depend(this.#machine, cpu, at);
    const message = this.#pick(this.#machine.readable(cpu, location, 0), this.#machine.options);
    this.#hold(message, at, bits);
    const read = this.#machine.read(cpu, 0, message);
    this.witness?.reads(location, message);
    const value = this.#histories.value(message, at, bits);
    this.#pointers.note(cpu, value, read);
    return value;
  }

  /** A plain store into a word lands. */
  #land(cpu: number, at: number, bits: 32 | 64, value: Value): void {
    const location = this.#histories.at(at, bits);
    this.#pointers.depend(this.#machine, cpu, at);
    this.#pointers.dependOnValue(this.#machine, cpu, value);
    const after = this.#machine.messages.last.get(location);
    const whole = this.#histories.whole(after, at, bits, value);
    const message = this.#machine.write(cpu, 0, after, false);
    this.#histories.note(message, whole, -1);
    this.#tellStore(location, message, after);
  }

  /** Notes whether a lock is a spin lock, and returns it. */
  #noteLock(access: Access): boolean {
    const spin = isSpin(access);
    this.#spins.note(access.at, spin);
    return spin;
  }

  /** Chooses what a message holds of which nobody knows it, among what a test accepts: at least one is. */
  #hold(message: number, at: number, bits: number, accepts?: (value: Value) => boolean): void {
    const possible = this.#histories.possible(message);
    if (possible.length === 1) return;
    const good = possible.filter(
      (held) => accepts?.(this.#histories.value(message, at, bits, held)) !== false,
    );
    this.#histories.hold(this.#pick(good.length, good));
  }

  /** True when a message may hold what a test accepts. */
  #may(message: number, at: number, bits: number, accepts: (value: Value) => boolean): boolean {
    const possible = this.#histories.possible(message);
    if (possible.length === 1) return accepts(this.#histories.value(message, at, bits));
    return possible.some((held) => accepts(this.#histories.value(message, at, bits, held)));
  }

  #pick(count: number, from: readonly number[]): number {
    return from[count > 1 ? this.#choose(Math.min(count, MOST_CHOICES)) : 0] as number;
  }

  #read(cpu: number, { hook, at }: Access, order: number, message: number): Value {
    const { messages } = this.#machine;
    const read = this.#machine.read(cpu, order, message);
    this.witness?.reads(messages.location.get(message), message);
    const value = this.#histories.value(message, at, hook.bits);
    // rcu_dereference() has had the barrier that Alpha needs, before READ_ONCE() got it.
    if (this.#isAlpha && hook.order === "dereference") this.#machine.fence(cpu, "read-depends");
    this.#pointers.note(cpu, value, read);
    const newest = messages.last.get(messages.location.get(message));
    this.#stale =
      newest === message
        ? undefined
        : { cpu: messages.cpu.get(newest), place: this.#histories.placeOf(newest) };
    return value;
  }

  #tellStore(location: number, message: number, after: number): void {
    this.witness?.stores(location, message);
    this.witness?.lands(location, message, after);
  }

  /** Stores behind a message; where that is the newest one, in the memory as well. */
  #write(cpu: number, access: Access, order: number, after: number, value: Value, modifies: boolean): void {
    const { at, hook, place } = access;
    const { messages } = this.#machine;
    const location = messages.location.get(after);
    const whole = this.#histories.whole(after, at, hook.bits, value);
    const isNewest = messages.last.get(location) === after;
    const message = this.#machine.write(cpu, order, after, modifies);
    this.#histories.note(message, whole, place);
    this.#tellStore(location, message, after);
    if (!isNewest) return;
    if (hook.bits === 64) this.#view.setU64(at, value as bigint);
    else this.#view.setU32(at, value as number);
  }

  /**
   * A read-modify-write, which orders as its hook says. `change` gives the new value, or undefined when it fails: then it
   * is a read that orders nothing. Returns what it read.
   */
  #modify(
    cpu: number,
    access: Access,
    change: (old: Value) => Value | undefined,
    writes = writeOrder(access.hook),
  ): Value {
    const { hook, at } = access;
    const machine = this.#machine;
    const location = this.#histories.at(at, hook.bits);
    const isFull = hook.order === "full";
    this.#pointers.depend(machine, cpu, at);
    const floor = isFull ? machine.floorBehindFull(cpu, location) : 0;
    const count = machine.readable(cpu, location, 0);
    const [options, outcomes] = [machine.options, this.#outcomes];
    let found = 0;
    const mayChange = (message: number) =>
      machine.messages.place.get(message) >= floor && machine.mayModify(cpu, writes, message);
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      if (mayChange(message) || this.#may(message, at, hook.bits, (old) => change(old) === undefined))
        outcomes[found++] = message;
    }
    const message = this.#pick(found, outcomes);
    this.#hold(message, at, hook.bits, (old) => change(old) === undefined || mayChange(message));
    const changed = change(this.#histories.value(message, at, hook.bits));
    if (changed === undefined) return this.#read(cpu, access, 0, message);
    machine.beginModify(cpu, isFull);
    const old = this.#read(cpu, access, readOrder(hook), message);
    this.#pointers.dependOnValue(machine, cpu, changed);
    this.#write(cpu, access, writes, message, changed, true);
    machine.endModify(cpu, isFull);
    return old;
  }

  /** Takes a lock: 1. With `mayFail` it may also see that somebody holds it: 0. */
  #take(cpu: number, access: Access, mayFail: boolean): number {
    const { hook, at, value, expected } = access;
    const machine = this.#machine;
    const location = this.#histories.at(at, hook.bits);
    const isFree = (old: Value) => ((old as number) & (expected as number)) === 0;
    this.#pointers.depend(machine, cpu, at);
    const count = machine.readable(cpu, location, 0);
    const [options, outcomes] = [machine.options, this.#outcomes];
    let found = 0;
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      const isOutcome = (old: Value) => (isFree(old) ? machine.mayModify(cpu, 0, message) : mayFail);
      if (this.#may(message, at, hook.bits, isOutcome)) outcomes[found++] = message;
    }
    const message = this.#pick(found, outcomes);
    this.#hold(message, at, hook.bits, (old) => (isFree(old) ? machine.mayModify(cpu, 0, message) : mayFail));
    if (!isFree(this.#histories.value(message, at, hook.bits))) {
      this.#read(cpu, access, 0, message);
      return 0;
    }
    const spin = this.#noteLock(access);
    const old = this.#read(cpu, access, ORDER.acquire | (spin ? ORDER.lock : 0), message) as number;
    this.#write(cpu, access, 0, message, (old + (value as number)) >>> 0, true);
    machine.endLock(cpu);
    return 1;
  }
}

/** Makes weak memory that follows dependencies. */
function weak(model: ViewModel): ModelFactory {
  return (view, choose, cpus, control) =>
    new WeakMemory(view, choose, { model, cpus, ...(control && { objectOf: objectsOf(control) }) });
}

/** Makes memory as the Linux-kernel memory model allows it. */
export const lkmm = weak("lkmm");

/** Makes the memory of Alpha, where an address that was read orders nothing. */
export const alpha = weak("alpha");

/** Makes memory of a machine whose barriers order two CPUs and no more. */
export const pairwise = weak("pairwise");
