/** The accesses of weak memory: what a CPU sees, and where its stores land, is chosen among what the machine of views allows. */
import type { ViewMachine } from "../views/machine.js";
import { ORDER } from "../views/order.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Access, Hook, Value } from "./access.js";
import type { Histories } from "./histories.js";
import { MOST_CHOICES, type Witness } from "./model.js";
import type { Pointers } from "./pointers.js";
import { SpinWords } from "./spin-words.js";

/** What a load saw that was not the newest value. */
export interface Stale {
  /** Who made the store that it did not see, and where in the code: the newest one. -1: before the programs began. */
  readonly cpu: number;
  readonly place: number;
}

/** The lock's word is that of a spin lock: nobody else may hold it, and 1 is held. */
const isSpin = ({ value, expected }: Access) => value === 1 && expected === 0xffffffff;

/** What a hook's order is for the read of the access. */
export const readOrder = ({ order }: Hook) => (order === "acquire" ? ORDER.acquire : 0);
/** And for its write. */
export const writeOrder = ({ order }: Hook) =>
  order === "release" || order === "assign" ? ORDER.release : 0;

/** One CPU's access after the other, on one machine of views. */
export class WeakAccesses {
  readonly #view: MemoryView;
  readonly #choose: (count: number) => number;
  /** The outcomes that a step may have: messages. */
  readonly #outcomes: number[] = [];
  /** Words of spin locks. */
  readonly spins = new SpinWords();
  witness: Witness | undefined;
  /** Whether a step ever had more outcomes than a strategy can choose among: the oldest ones are left out. */
  clipped = false;
  /** What the last load or read-modify-write did not see; undefined when it saw the newest value. */
  stale: Stale | undefined;

  constructor(
    view: MemoryView,
    choose: (count: number) => number,
    readonly machine: ViewMachine,
    readonly histories: Histories,
    readonly pointers: Pointers,
  ) {
    this.#view = view;
    this.#choose = choose;
  }

  /** A load sees one of the messages that it may read. */
  load(cpu: number, access: Access): Value {
    const { hook, at } = access;
    const location = this.histories.at(at, hook.bits);
    this.pointers.depend(this.machine, cpu, at);
    const message = this.#pick(this.machine.readable(cpu, location, readOrder(hook)), this.machine.options);
    this.#hold(message, at, hook.bits);
    return this.#read(cpu, access, readOrder(hook), message);
  }

  /** A store lands behind one of the messages behind which it may. */
  store(cpu: number, access: Access): void {
    const { hook, at, value } = access;
    const location = this.histories.storedAt(at, hook.bits);
    this.pointers.depend(this.machine, cpu, at);
    this.pointers.dependOnValue(this.machine, cpu, value);
    const order = writeOrder(hook);
    const after = this.histories.isShared(at)
      ? this.machine.messages.last.get(location)
      : this.#pick(this.machine.writable(cpu, location, order), this.machine.options);
    this.#write(cpu, access, order, after, value, false);
  }

  /** A CPU goes on after a wait: it sees a value that ends it. */
  wait(cpu: number, access: Access): void {
    const { hook, at, value } = access;
    const location = this.histories.at(at, hook.bits);
    const count = this.machine.readable(cpu, location, 0);
    const [options, outcomes] = [this.machine.options, this.#outcomes];
    let found = 0;
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      if (this.histories.value(message, at, hook.bits) !== value) outcomes[found++] = message;
    }
    if (found > 0) this.#read(cpu, access, 0, this.#pick(found, outcomes));
  }

  /**
   * A read-modify-write, which orders as its hook says. `change` gives the new value, or undefined when it fails: then it
   * is a read that orders nothing. Returns what it read.
   */
  modify(
    cpu: number,
    access: Access,
    change: (old: Value) => Value | undefined,
    writes = writeOrder(access.hook),
  ): Value {
    const { hook, at } = access;
    const machine = this.machine;
    const location = this.histories.storedAt(at, hook.bits);
    const isFull = hook.order === "full";
    this.pointers.depend(machine, cpu, at);
    const floor = isFull ? machine.floorBehindFull(cpu, location) : 0;
    const count = machine.readable(cpu, location, 0);
    const [options, outcomes] = [machine.options, this.#outcomes];
    let found = 0;
    const mayChange = (message: number) =>
      machine.messages.place.get(message) >= floor &&
      machine.mayModify(cpu, writes, message) &&
      this.#mayLandBehind(message, at);
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      if (mayChange(message) || this.#may(message, at, hook.bits, (old) => change(old) === undefined))
        outcomes[found++] = message;
    }
    const message = this.#pick(found, outcomes);
    this.#hold(message, at, hook.bits, (old) => change(old) === undefined || mayChange(message));
    const changed = change(this.histories.value(message, at, hook.bits));
    if (changed === undefined) return this.#read(cpu, access, 0, message);
    machine.beginModify(cpu, isFull);
    const old = this.#read(cpu, access, readOrder(hook), message);
    this.pointers.dependOnValue(machine, cpu, changed);
    this.#write(cpu, access, writes, message, changed, true);
    machine.endModify(cpu, isFull);
    return old;
  }

  /** Takes a lock: 1. With `mayFail` it may also see that somebody holds it: 0. */
  take(cpu: number, access: Access, mayFail: boolean): number {
    const { hook, at, value, expected } = access;
    const machine = this.machine;
    const location = this.histories.storedAt(at, hook.bits);
    const isFree = (old: Value) => ((old as number) & (expected as number)) === 0;
    const mayTake = (message: number) =>
      machine.mayModify(cpu, 0, message) && this.#mayLandBehind(message, at);
    this.pointers.depend(machine, cpu, at);
    const count = machine.readable(cpu, location, 0);
    const [options, outcomes] = [machine.options, this.#outcomes];
    let found = 0;
    for (let i = 0; i < count; i++) {
      const message = options[i] as number;
      const isOutcome = (old: Value) => (isFree(old) ? mayTake(message) : mayFail);
      if (this.#may(message, at, hook.bits, isOutcome)) outcomes[found++] = message;
    }
    const message = this.#pick(found, outcomes);
    this.#hold(message, at, hook.bits, (old) => (isFree(old) ? mayTake(message) : mayFail));
    if (!isFree(this.histories.value(message, at, hook.bits))) {
      this.#read(cpu, access, 0, message);
      return 0;
    }
    const spin = this.noteLock(access);
    const old = this.#read(cpu, access, ORDER.acquire | (spin ? ORDER.lock : 0), message) as number;
    this.#write(cpu, access, 0, message, (old + (value as number)) >>> 0, true);
    machine.endLock(cpu);
    return 1;
  }

  /** What a CPU sees in a word without any order. */
  see(cpu: number, at: number, bits: 32 | 64): Value {
    const location = this.histories.at(at, bits);
    this.pointers.depend(this.machine, cpu, at);
    const message = this.#pick(this.machine.readable(cpu, location, 0), this.machine.options);
    this.#hold(message, at, bits);
    const read = this.machine.read(cpu, 0, message);
    this.witness?.reads(location, message);
    const value = this.histories.value(message, at, bits);
    this.pointers.note(cpu, value, read);
    return value;
  }

  /** A plain store into a word lands. */
  land(cpu: number, at: number, bits: 32 | 64, value: Value): void {
    const location = this.histories.storedAt(at, bits);
    this.pointers.depend(this.machine, cpu, at);
    this.pointers.dependOnValue(this.machine, cpu, value);
    const after = this.machine.messages.last.get(location);
    const whole = this.histories.whole(after, at, bits, value);
    const message = this.machine.write(cpu, 0, after, false);
    this.histories.note(message, whole, -1);
    this.#tellStore(location, message, after);
  }

  /** Notes whether a lock is a spin lock, and returns it. */
  noteLock(access: Access): boolean {
    const spin = isSpin(access);
    this.spins.note(access.at, spin);
    return spin;
  }

  /** Chooses what a message holds of which nobody knows it, among what a test accepts: at least one is. */
  #hold(message: number, at: number, bits: number, accepts?: (value: Value) => boolean): void {
    const possible = this.histories.possible(message);
    if (possible.length === 1) return;
    const good = possible.filter(
      (held) => accepts?.(this.histories.value(message, at, bits, held)) !== false,
    );
    this.histories.hold(this.#pick(good.length, good));
  }

  /** True when a message may hold what a test accepts. */
  #may(message: number, at: number, bits: number, accepts: (value: Value) => boolean): boolean {
    const possible = this.histories.possible(message);
    if (possible.length === 1) return accepts(this.histories.value(message, at, bits));
    return possible.some((held) => accepts(this.histories.value(message, at, bits, held)));
  }

  /** Whether a store to a word may land behind a message: where its halves have stores of their own, behind the newest only. */
  #mayLandBehind(message: number, at: number): boolean {
    if (!this.histories.isShared(at)) return true;
    const { messages } = this.machine;
    return messages.last.get(messages.location.get(message)) === message;
  }

  #pick(count: number, from: readonly number[]): number {
    if (count > MOST_CHOICES) this.clipped = true;
    return from[count > 1 ? this.#choose(Math.min(count, MOST_CHOICES)) : 0] as number;
  }

  #read(cpu: number, { hook, at }: Access, order: number, message: number): Value {
    const { messages } = this.machine;
    const read = this.machine.read(cpu, order, message);
    this.witness?.reads(messages.location.get(message), message);
    const value = this.histories.value(message, at, hook.bits);
    // rcu_dereference() has had the barrier that Alpha needs, before READ_ONCE() got it.
    if (this.machine.isAlpha && hook.order === "dereference") this.machine.fence(cpu, "read-depends");
    this.pointers.note(cpu, value, read);
    const newest = messages.last.get(messages.location.get(message));
    this.stale =
      newest === message
        ? undefined
        : { cpu: messages.cpu.get(newest), place: this.histories.placeOf(newest) };
    return value;
  }

  /** Stores behind a message; where that is the newest one, in the memory as well. */
  #write(cpu: number, access: Access, order: number, after: number, value: Value, modifies: boolean): void {
    const { at, hook, place } = access;
    const { messages } = this.machine;
    const location = messages.location.get(after);
    const whole = this.histories.whole(after, at, hook.bits, value);
    const isNewest = messages.last.get(location) === after;
    const message = this.machine.write(cpu, order, after, modifies);
    this.histories.note(message, whole, place);
    this.#tellStore(location, message, after);
    if (!isNewest) return;
    if (hook.bits === 64) this.#view.setU64(at, value as bigint);
    else this.#view.setU32(at, value as number);
  }

  #tellStore(location: number, message: number, after: number): void {
    this.witness?.stores(location, message);
    this.witness?.lands(location, message, after);
  }
}
