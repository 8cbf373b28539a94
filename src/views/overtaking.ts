/** Accesses to old values: they come before the accesses that could have told of the newer ones. */
import type { Bound } from "./bound.js";
import type { Cpus } from "./cpus.js";
import type { Knowledge } from "./knowledge.js";
import type { Messages } from "./messages.js";
import type { Ints } from "./numbers.js";
import { KNOWLEDGE_REGISTERS, REGISTER } from "./registers.js";
import type { Switches } from "./rules.js";
import { NOWHERE, type Views } from "./views.js";

/** Happens-before against the order in which a CPU executes. */
export class Overtaking {
  constructor(
    readonly views: Views,
    readonly knowledge: Knowledge,
    readonly messages: Messages,
    readonly cpus: Cpus,
    readonly bound: Bound,
    off: Switches,
  ) {
    this.#off = off;
  }

  readonly #off: Switches;

  private get accesses() {
    return this.cpus.accesses;
  }

  /**
   * An access to a value that the CPU could know to be old comes before those of its accesses that brought that
   * knowledge. True unless somebody who is behind them has missed what the access knows.
   */
  mayOvertake(cpu: number, location: number, place: number, known: number): boolean {
    const { knowledge, cpus, accesses } = this;
    if (!this.#overtakes(cpu, location, place)) return true;
    for (let first = cpus.get(cpu, REGISTER.last); first !== 0; first = accesses.previous.get(first)) {
      if (!this.#isOvertaken(first, location, place, known)) continue;
      const old = accesses.known.get(first);
      for (let access = first; access < accesses.size; access++) {
        const floor = knowledge.floor(known, accesses.cpu.get(access), accesses.location.get(access));
        if (floor > accesses.place.get(access) && knowledge.includes(accesses.known.get(access), old))
          return false;
      }
    }
    return true;
  }

  /** Who is behind those accesses gets what the access before them knows. */
  tell(cpu: number, location: number, place: number, known: number): void {
    const { messages, cpus, accesses } = this;
    if (place === messages.place.get(messages.last.get(location))) return;
    if (!this.#overtakes(cpu, location, place)) return;
    for (let first = cpus.get(cpu, REGISTER.last); first !== 0; first = accesses.previous.get(first))
      if (this.#isOvertaken(first, location, place, known))
        this.#tellBehind(first, accesses.known.get(first), known);
  }

  /** True for an access to a value that the CPU has been told of a newer one of. */
  #overtakes(cpu: number, location: number, place: number): boolean {
    return !this.#off.overtaking && this.views.at(this.cpus.past(cpu, REGISTER.seen), location) > place;
  }

  /** True when an access told of a newer value at the location than that at the place, and knows less. */
  #isOvertaken(access: number, location: number, place: number, known: number): boolean {
    return (
      this.views.at(this.accesses.sees.get(access), location) > place &&
      !this.knowledge.includes(this.accesses.known.get(access), known)
    );
  }

  /** Whatever knows what an access knew gets more: accesses from that one on, messages and registers. */
  #tellBehind(first: number, old: number, known: number): void {
    const { knowledge, messages, cpus, accesses } = this;
    const raise = (column: Ints, at: number): boolean => {
      const now = column.get(at);
      if (!knowledge.includes(now, old)) return false;
      column.set(at, knowledge.join(now, known));
      return true;
    };
    for (let access = first; access < accesses.size; access++) {
      raise(accesses.knows, access);
      if (!raise(accesses.known, access)) continue;
      this.bound.add(accesses.location.get(access), accesses.place.get(access), accesses.known.get(access));
    }
    for (let message = 0; message < messages.place.size; message++) {
      raise(messages.knows, message);
      raise(messages.forwards, message);
    }
    for (let cpu = 0; cpu < cpus.count; cpu++)
      for (const register of KNOWLEDGE_REGISTERS) {
        const now = cpus.get(cpu, register);
        if (knowledge.includes(now, old)) cpus.set(cpu, register, knowledge.join(now, known));
      }
  }

  /**
   * Adds the knowledge of the CPU's accesses to values that a view says are old: those accesses come before the read
   * that brings the view.
   */
  overtaken(cpu: number, view: number, known: number): number {
    if (view === NOWHERE || this.#off["overtaken"]) return known;
    const { views, knowledge, accesses } = this;
    let result = known;
    for (let location = 0; location < views.locations; location++) {
      const place = views.at(view, location);
      if (place === 0) continue;
      let access = accesses.top(cpu, location);
      while (access !== 0 && accesses.place.get(access) >= place) access = accesses.before.get(access);
      if (access !== 0) result = knowledge.join(result, accesses.knows.get(access));
    }
    return result;
  }
}
