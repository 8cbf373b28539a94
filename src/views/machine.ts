/** The view machine: weak memory on CPUs that execute in program order. */
import { Barriers } from "./barriers.js";
import { Bound } from "./bound.js";
import { Candidates } from "./candidates.js";
import { Cpus } from "./cpus.js";
import { Dependencies } from "./dependencies.js";
import { Fences } from "./fences.js";
import { Grace } from "./grace.js";
import { Handover } from "./handover.js";
import { Knowledge } from "./knowledge.js";
import { Messages, NOBODY, NONE } from "./messages.js";
import { type Dependency, isRelease, isSilent, ORDER } from "./order.js";
import { Overtaking } from "./overtaking.js";
import type { ViewParts } from "./parts.js";
import { READ, REGISTER, SILENT, WRITE } from "./registers.js";
import { type MachineModel, type Switches, switchesOf, type ViewRule } from "./rules.js";
import { type Saved, States } from "./states.js";
import { NOWHERE, Views } from "./views.js";

/** How a machine behaves. */
export interface ViewOptions {
  readonly cpus: number;
  readonly model: MachineModel;
  /** Rules that do not apply: for tests of the rules. */
  readonly without?: ReadonlySet<ViewRule>;
  /** True: a strong fence may come before others that have executed already. */
  readonly lateFences: boolean;
  /** True: `beside` is used. */
  readonly besides: boolean;
  /** Returns a number from 0 to count - 1. 0 is always the place behind all other fences. */
  readonly choose: (count: number) => number;
}

export class ViewMachine implements ViewParts {
  readonly views = new Views();
  readonly fences = new Fences(this.views);
  readonly knowledge: Knowledge;
  readonly messages = new Messages();
  readonly cpus: Cpus;
  readonly bound: Bound;
  readonly overtaking: Overtaking;
  readonly off: Switches;
  readonly isAlpha: boolean;
  readonly isPairwise: boolean;
  /** Its sections and grace periods of RCU. */
  readonly grace: Grace;
  readonly #depends: Dependencies;
  readonly #candidates: Candidates;
  readonly #barriers: Barriers;
  readonly #handover: Handover;
  readonly #states: States;

  constructor({ cpus, model, without = new Set(), lateFences, besides, choose }: ViewOptions) {
    const isWeakest = model === "weakest";
    this.isAlpha = isWeakest || model === "alpha";
    this.isPairwise = isWeakest || model === "pairwise";
    this.off = switchesOf(isWeakest ? new Set([...without, "overtaking"]) : without);
    const { views, fences, messages, off } = this;
    this.knowledge = new Knowledge(cpus, views, fences);
    this.cpus = new Cpus(cpus, views, this.knowledge);
    this.bound = new Bound(fences, this.knowledge, lateFences, choose, off);
    this.overtaking = new Overtaking(views, this.knowledge, messages, this.cpus, this.bound, off);
    this.#depends = new Dependencies(this);
    this.#candidates = new Candidates(this, this.#depends);
    this.#barriers = new Barriers(this, besides);
    this.#handover = new Handover(this, this.#barriers);
    this.grace = new Grace(this, this.#barriers);
    this.#states = new States(this);
  }

  /** A new location; returns its number. Its initial message is the last one of `messages`. */
  open(): number {
    this.views.widen();
    this.cpus.accesses.widen();
    return this.messages.open();
  }

  /** The next access depends on a read. */
  depend(cpu: number, kind: Dependency, read: number): void {
    this.#depends.add(cpu, kind, read);
  }

  /** What `readable` and `writable` found: as many messages as they return, the newest first. */
  get options(): readonly number[] {
    return this.#candidates.options;
  }

  /** Fills `options` with the messages that a read may read, the newest first. Returns how many: at least one. */
  readable(cpu: number, location: number, order: number): number {
    return this.#candidates.readable(cpu, location, order);
  }

  /** Reads a message. Returns the number of the read, for those who depend on it. */
  read(cpu: number, order: number, message: number): number {
    const { knowledge, messages } = this;
    const location = messages.location.get(message);
    const writer = messages.cpu.get(message);
    let known = this.#candidates.knownAtRead(cpu, order, message);
    const sees = writer === cpu || writer === NOBODY ? NOWHERE : messages.carries.get(message);
    const place = messages.place.get(message);
    this.bound.add(location, place, known);
    this.overtaking.tell(cpu, location, place, known);
    if (!this.off["seen-before"]) known = knowledge.tell(known, cpu, sees);
    if ((order & ORDER.acquire) !== 0 && !this.off.acquire) this.cpus.learn(cpu, REGISTER.all, known);
    const read = this.cpus.note(cpu, location, place, known, isSilent(order, this.off) ? SILENT : READ, sees);
    if ((order & ORDER.lock) !== 0) this.#handover.takeOver(cpu, message);
    this.#depends.end();
    return read;
  }

  /** Fills `options` with the messages behind which a write may land, the newest first. Returns how many: at least one. */
  writable(cpu: number, location: number, order: number): number {
    return this.#candidates.writable(cpu, location, order);
  }

  /** True when a read-modify-write may write right behind a message. */
  mayModify(cpu: number, order: number, message: number): boolean {
    return this.#candidates.mayModify(cpu, order, message);
  }

  /** Writes right behind a message; `modifies`: as a read-modify-write that read it. Returns the new message. */
  write(cpu: number, order: number, after: number, modifies: boolean): number {
    const { knowledge, messages, views } = this;
    const location = messages.location.get(after);
    let known = this.#candidates.knownAtWrite(cpu, location, order);
    let carries = views.join(this.cpus.get(cpu, REGISTER.carryAll), this.cpus.get(cpu, REGISTER.carryStores));
    const isUnlock = (order & ORDER.unlock) !== 0;
    if (isRelease(order, this.off))
      carries = views.join(carries, this.cpus.past(cpu, this.#barriers.cumulative(isUnlock)));
    if (modifies && !this.off["rmw-sequence"]) carries = views.join(carries, messages.carries.get(after));
    const message = messages.add(cpu, after);
    const place = messages.place.get(message);
    carries = views.raise(carries, location, place);
    this.bound.add(location, place, known);
    this.overtaking.tell(cpu, location, place, known);
    if (!this.off["seen-before"]) known = knowledge.tell(known, cpu, carries);
    if (modifies) messages.sealed.set(message, 1);
    messages.carries.set(message, carries);
    messages.knows.set(message, known);
    messages.forwards.set(message, this.#depends.toForward);
    if ((order & ORDER.handOver) !== 0) this.#handover.unlock(cpu, message);
    this.cpus.note(cpu, location, place, known, WRITE, carries);
    this.#depends.end();
    return message;
  }

  /**
   * A read-modify-write of a word at which no other CPU looks, by its order: nobody reads what it writes, so only what it
   * orders on its own CPU is left.
   */
  alone(cpu: number, order: number): void {
    const { knowledge, views } = this;
    if ((order & ORDER.acquire) !== 0 && !this.off.acquire)
      this.cpus.learn(cpu, REGISTER.all, this.cpus.get(cpu, REGISTER.reads));
    if ((order & ORDER.lock) !== 0) this.#handover.takeOver(cpu, NONE);
    if (!isRelease(order, this.off)) return;
    let known = knowledge.join(this.cpus.get(cpu, REGISTER.all), this.cpus.get(cpu, REGISTER.writes));
    known = knowledge.join(known, this.cpus.past(cpu, REGISTER.past));
    let carries = views.join(this.cpus.get(cpu, REGISTER.carryAll), this.cpus.get(cpu, REGISTER.carryStores));
    carries = views.join(
      carries,
      this.cpus.past(cpu, this.#barriers.cumulative((order & ORDER.unlock) !== 0)),
    );
    if ((order & ORDER.handOver) !== 0) this.#handover.noteUnlock(cpu);
    // A write barrier behind it orders this write, and with it what came before the release.
    this.cpus.noteAlone(cpu, known, carries);
  }

  /** smp_mb() and its kind. One that follows another with no access in between stands at the same place in their order. */
  full(cpu: number): void {
    this.#barriers.full(cpu);
  }

  fence(cpu: number, kind: "mb" | "rmb" | "wmb" | "read-depends"): void {
    this.#barriers.fence(cpu, kind);
  }

  /** Before the read of a read-modify-write, also of one that will fail; `full`: it is fully ordered and succeeds. */
  beginModify(cpu: number, full: boolean): void {
    this.#barriers.beginModify(cpu, full);
  }

  /** Behind it. */
  endModify(cpu: number, full: boolean): void {
    this.#barriers.endModify(cpu, full);
  }

  /** Behind the write that takes a lock. */
  endLock(cpu: number): void {
    this.#barriers.endLock(cpu);
  }

  /** smp_mb__before_atomic() and its kind. */
  beside(cpu: number, kind: "before-atomic" | "after-atomic" | "after-spinlock" | "after-unlock-lock"): void {
    this.#barriers.beside(cpu, kind);
  }

  /** The floor of an access behind a full barrier, if there was one now. */
  floorBehindFull(cpu: number, location: number): number {
    return this.#barriers.floorBehindFull(cpu, location);
  }

  /** Forgets everything, locations too. */
  clear(): void {
    this.#states.clear();
    this.#depends.end();
  }

  /** The state, to go back to; `into` is one that nobody needs any more. */
  save(into?: Saved): Saved {
    return this.#states.save(into);
  }

  /** Goes back to a state that was saved here. */
  restore(saved: Saved): void {
    this.#states.restore(saved);
    this.#depends.end();
  }
}
