/** Runs one process of a litmus test once, with given choices for what its reads return. */
import { call } from "./calls.js";
import { type Cell, constant, type Event, type FenceKind, NOTHING, type Path, TAG, union } from "./event.js";
import { unsupported } from "./lexer.js";
import type { Machine } from "./machine.js";
import type { Expression, Litmus, Process, Statement } from "./syntax.js";
import { elementAt, locationOf, operate, UNKNOWN, type Value } from "./value.js";

/** This way through a process cannot be: it reads at something that is no address. */
class DeadEnd extends Error {}

/** What the thread asks for: one of `count` possibilities, from 0. */
type Choose = (count: number) => number;

/** The values that a location may hold. */
export type Domain = (location: string) => readonly Value[];

/** Iterations of a loop that reads memory, before we cut it. */
export const MOST_ROUNDS = 3;
/** Iterations of all loops of a process, before we give up. */
const MOST_TURNS = 20_000;

/** A process goes round its loops more often than we follow. */
export class TooManyTurns extends Error {}

/** One run of one process. */
export class Thread implements Machine {
  readonly events: Event[] = [];
  readonly registers = new Map<string, Cell>();
  #ctrl: readonly number[] = NOTHING;
  #turns = 0;

  constructor(
    readonly test: Litmus,
    readonly number: number,
    readonly process: Process,
    readonly choose: Choose,
    readonly domain: Domain,
  ) {
    for (const [name, value] of process.registers) this.registers.set(name, constant(value));
  }

  get count(): number {
    return this.events.length;
  }

  /** Runs the process. Throws UnsupportedError. */
  run(): Path {
    let end: Path["end"] = "done";
    try {
      if (!this.process.body.every((statement) => this.#execute(statement))) end = "cut";
    } catch (error) {
      if (!(error instanceof DeadEnd)) throw error;
      end = "dead";
    }
    const registers = new Map([...this.registers].map(([name, { value }]) => [name, value]));
    return { events: this.events, registers, end };
  }

  read(address: Cell, at: number, tags: number, only: (value: Value) => boolean = () => true): Cell {
    if (address.value === UNKNOWN) return { value: UNKNOWN, from: address.from };
    const location = this.#locate(address);
    const values = this.domain(location).filter((value) => value === UNKNOWN || only(value));
    if (values.length === 0) throw new DeadEnd();
    const value = values[values.length === 1 ? 0 : this.choose(values.length)] ?? 0;
    const index = this.#add({ kind: "R", at, location, value, tags, addr: address.from, data: NOTHING });
    return { value, from: [index] };
  }

  write(address: Cell, stored: Cell, at: number, tags: number, rmwOf?: Cell): void {
    if (address.value === UNKNOWN) return;
    const location = this.#locate(address);
    const [read] = rmwOf?.from ?? [];
    this.#add(
      { kind: "W", at, location, value: stored.value, tags, addr: address.from, data: stored.from },
      undefined,
      read,
    );
  }

  fence(kind: FenceKind, at: number, domain = "", value: Value = 0): void {
    const event = { kind: "F", at, location: domain, value, tags: 0, addr: NOTHING, data: NOTHING } as const;
    this.#add(event, kind);
  }

  evaluate(of: Expression): Cell {
    switch (of.kind) {
      case "number":
        return constant(of.value);
      case "name":
        return this.#named(of.name);
      case "deref":
        return this.read(this.evaluate(of.of), of.at, TAG.plain);
      case "address":
        return this.addressOf(of.of);
      case "element": {
        const base = this.evaluate(of.base);
        const index = this.evaluate(of.index);
        return { value: elementAt(base.value, index.value), from: union(base.from, index.from) };
      }
      case "field": {
        const { value, from } = this.evaluate(of.base);
        return { value: locationOf(value) === undefined ? value : `${value}.${of.field}`, from };
      }
      case "unary": {
        const { value, from } = this.evaluate(of.of);
        if (of.operator === "!") return { value: this.#isTrue(value) ? 0 : 1, from };
        return { value: of.operator === "-" ? operate("-", 0, value) : operate("-", -1, value), from };
      }
      case "binary":
        return this.#binary(of);
      case "choice": {
        const test = this.evaluate(of.test);
        const { value, from } = this.evaluate(this.#isTrue(test.value) ? of.a : of.b);
        return { value, from: union(test.from, from) };
      }
      case "sequence":
        this.evaluate(of.a);
        return this.evaluate(of.b);
      case "assign":
        return this.#assign(of);
      case "call":
        return call(this, of);
    }
  }

  addressOf(of: Expression): Cell {
    if (of.kind === "deref") return this.evaluate(of.of);
    if (of.kind === "name" && this.#isLocation(of.name)) return constant(`&${of.name}`);
    throw this.unsupported("the address of this expression", of.at);
  }

  unsupported(what: string, at: number): Error {
    return unsupported(this.test.file, this.test.text, what, at);
  }

  /** True when a value counts as true; an unknown value may be both. */
  #isTrue(value: Value): boolean {
    return value === UNKNOWN ? this.choose(2) === 0 : operate("!=", value, 0) === 1;
  }

  #isLocation(name: string): boolean {
    return this.process.parameters.has(name) && !this.registers.has(name);
  }

  #named(name: string): Cell {
    if (this.#isLocation(name)) return constant(`&${name}`);
    return this.registers.get(name) ?? constant(0);
  }

  #binary({ operator, a, b }: Expression & { kind: "binary" }): Cell {
    const left = this.evaluate(a);
    if (operator !== "&&" && operator !== "||") {
      const right = this.evaluate(b);
      return { value: operate(operator, left.value, right.value), from: union(left.from, right.from) };
    }
    const isTrue = this.#isTrue(left.value);
    if (isTrue === (operator === "||")) return { value: Number(isTrue), from: left.from };
    const right = this.#under(left, () => this.evaluate(b));
    return { value: Number(this.#isTrue(right.value)), from: union(left.from, right.from) };
  }

  #assign({ target, value, before, at }: Expression & { kind: "assign" }): Cell {
    const stored = this.evaluate(value);
    if (target.kind === "name") {
      if (this.#isLocation(target.name)) throw this.unsupported(`an assignment to "${target.name}"`, at);
      const old = this.#named(target.name);
      this.registers.set(target.name, stored);
      return before ? old : stored;
    }
    if (before) throw this.unsupported("a step behind what it changes in memory", at);
    this.write(this.addressOf(target), stored, at, TAG.plain);
    return stored;
  }

  /** Runs a statement; false when the rest of the process is cut off. */
  #execute(statement: Statement): boolean {
    switch (statement.kind) {
      case "expression":
        this.evaluate(statement.of);
        return true;
      case "declare":
        this.registers.set(
          statement.name,
          statement.value === undefined
            ? constant(this.process.registers.get(statement.name) ?? 0)
            : this.evaluate(statement.value),
        );
        return true;
      case "block":
        return statement.body.every((part) => this.#execute(part));
      case "if": {
        const test = this.evaluate(statement.test);
        const part = this.#isTrue(test.value) ? statement.yes : statement.no;
        return part === undefined || this.#under(test, () => this.#execute(part));
      }
      case "loop":
        return this.#loop(statement);
    }
  }

  #loop({ test, body, step, first }: Statement & { kind: "loop" }): boolean {
    const before = this.#ctrl;
    let reading = 0;
    for (let turn = 0; ; turn++) {
      if (++this.#turns > MOST_TURNS) throw new TooManyTurns();
      const events = this.events.length;
      let isOpen = false;
      if (turn > 0 || !first) {
        const found = this.evaluate(test);
        if (!this.#isTrue(found.value)) {
          this.#ctrl = before;
          return true;
        }
        this.#ctrl = union(this.#ctrl, found.from);
        isOpen = found.value === UNKNOWN;
      }
      if (!this.#execute(body)) return false;
      if (step !== undefined) this.evaluate(step);
      if ((isOpen || this.events.length > events) && ++reading > MOST_ROUNDS) break;
    }
    return false;
  }

  /** Runs something under a condition: what it does depends on the reads that the condition comes from. */
  #under<T>({ from }: Cell, act: () => T): T {
    const before = this.#ctrl;
    this.#ctrl = union(before, from);
    const result = act();
    this.#ctrl = before;
    return result;
  }

  #locate({ value }: Cell): string {
    const location = locationOf(value);
    if (location === undefined) throw new DeadEnd();
    return location;
  }

  #add(
    {
      kind,
      at,
      location,
      value,
      tags,
      addr,
      data,
    }: Omit<Event, "process" | "index" | "ctrl" | "fence" | "rmwOf">,
    fence?: FenceKind,
    rmwOf?: number,
  ): number {
    const index = this.events.length;
    const { number: process } = this;
    const ctrl = this.#ctrl;
    this.events.push({ kind, process, index, at, location, value, tags, fence, addr, data, ctrl, rmwOf });
    return index;
  }
}
