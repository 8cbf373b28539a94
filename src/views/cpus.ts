/** The CPUs of the view machine: their registers, and what they did. */
import { Accesses } from "./accesses.js";
import { type Knowledge, NOTHING } from "./knowledge.js";
import { LATE, LATE_VIEWS, REGISTER, REGISTERS, TAKES, WRITE } from "./registers.js";
import type { Views } from "./views.js";

export class Cpus {
  readonly accesses: Accesses;
  readonly #registers: Int32Array;

  constructor(
    readonly count: number,
    readonly views: Views,
    readonly knowledge: Knowledge,
  ) {
    this.accesses = new Accesses(count);
    this.#registers = new Int32Array(count * REGISTERS);
  }

  /** A register as it is. */
  get(cpu: number, register: number): number {
    return this.#registers[cpu * REGISTERS + register] as number;
  }

  /** Any register, up to date. */
  now(cpu: number, register: number): number {
    const isLate = register >= LATE && register < LATE + TAKES.length;
    return isLate ? this.past(cpu, register) : this.get(cpu, register);
  }

  set(cpu: number, register: number, value: number): void {
    this.#registers[cpu * REGISTERS + register] = value;
  }

  /**
   * A late register, brought up to date. It takes in what the CPU did since somebody asked for it last: most of the time
   * nobody asks.
   */
  past(cpu: number, register: number): number {
    const mark = REGISTER.takenIn + register - LATE;
    const [last, end] = [this.get(cpu, REGISTER.last), this.get(cpu, mark)];
    if (last === end) return this.get(cpu, register);
    const takes = TAKES[register - LATE] as number;
    const isView = register >= LATE_VIEWS;
    const { accesses, views, knowledge } = this;
    let value = this.get(cpu, register);
    // Neighbours often have the same.
    let taken = NOTHING;
    for (let access = last; access !== end; access = accesses.previous.get(access)) {
      if ((accesses.kind.get(access) & takes) === 0) continue;
      const more = isView ? accesses.sees.get(access) : accesses.known.get(access);
      if (more === taken) continue;
      taken = more;
      value = isView ? views.join(value, more) : knowledge.join(value, more);
    }
    this.set(cpu, register, value);
    this.set(cpu, mark, last);
    return value;
  }

  /** Adds to a register that holds a view. */
  see(cpu: number, register: number, view: number): void {
    this.set(cpu, register, this.views.join(this.get(cpu, register), view));
  }

  /** Adds to a register that holds knowledge. */
  learn(cpu: number, register: number, known: number): void {
    this.set(cpu, register, this.knowledge.join(this.get(cpu, register), known));
  }

  /** Notes an access. Returns its number. */
  note(cpu: number, location: number, place: number, known: number, kind: number, sees: number): number {
    const { accesses } = this;
    const knows = this.knowledge.join(accesses.knows.get(accesses.top(cpu, location)), known);
    const previous = this.get(cpu, REGISTER.last);
    const made = accesses.add(cpu, location, place, kind, known, knows, sees, previous);
    this.set(cpu, REGISTER.last, made);
    this.set(cpu, REGISTER.moved, 1);
    return made;
  }

  /** Notes a write to a word that has no location. */
  noteAlone(cpu: number, known: number, sees: number): void {
    const made = this.accesses.addAlone(cpu, WRITE, known, sees, this.get(cpu, REGISTER.last));
    this.set(cpu, REGISTER.last, made);
  }

  /** All registers are empty. */
  clear(): void {
    this.#registers.fill(0);
  }

  /** How many registers all CPUs have. */
  get registers(): number {
    return this.#registers.length;
  }

  /** Copies the registers; and back. */
  copy(into: Int32Array): void {
    into.set(this.#registers);
  }

  load(registers: Int32Array): void {
    this.#registers.set(registers);
  }
}
