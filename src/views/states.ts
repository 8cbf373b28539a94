/** States of a view machine, to go back to. */
import type { Doubles, Ints } from "./numbers.js";
import type { ViewParts } from "./parts.js";

/** A state of the machine, to go back to. */
export interface Saved {
  /** All columns, one behind the other; and the registers. */
  columns: Int32Array;
  readonly registers: Int32Array;
  /** Of the pools and all columns. */
  readonly sizes: number[];
  lastFence: number;
}

export class States {
  readonly #parts: ViewParts;
  /** All columns of the parts. */
  readonly #ints: readonly Ints[];
  readonly #doubles: readonly Doubles[];

  constructor(parts: ViewParts) {
    this.#parts = parts;
    const { messages, fences, bound, cpus } = parts;
    const { accesses } = cpus;
    const others = [fences.seen, fences.before, bound.location, bound.fence];
    this.#ints = [...messages.ints, ...accesses.ints, ...others];
    this.#doubles = [messages.place, fences.stamps, accesses.place, bound.place];
  }

  /** Forgets everything, locations too. */
  clear(): void {
    const { views, knowledge, fences, cpus } = this.#parts;
    for (const column of this.#ints) column.size = 0;
    for (const column of this.#doubles) column.size = 0;
    cpus.clear();
    views.size = knowledge.size = 1;
    views.locations = 0;
    fences.clear();
    cpus.accesses.begin();
  }

  /** The state, to go back to; `into` is one that nobody needs any more. */
  save(into: Saved = this.#unsaved()): Saved {
    const { views, knowledge, fences, cpus } = this.#parts;
    const { sizes, registers } = into;
    let all = 0;
    for (const { size } of this.#ints) all += size;
    if (into.columns.length < all) into.columns = new Int32Array(2 * all);
    let at = 0;
    let part = 0;
    for (const column of this.#ints) {
      column.copy(into.columns, at);
      at += column.size;
      sizes[part++] = column.size;
    }
    for (const { size } of this.#doubles) sizes[part++] = size;
    sizes[part++] = views.size;
    sizes[part++] = knowledge.size;
    sizes[part] = views.locations;
    cpus.copy(registers);
    into.lastFence = fences.last;
    return into;
  }

  /** Goes back to a state that was saved here. */
  restore({ columns, registers, sizes, lastFence }: Saved): void {
    let at = 0;
    let part = 0;
    for (const column of this.#ints) {
      const size = sizes[part++] as number;
      column.load(columns, at, size);
      at += size;
    }
    for (const column of this.#doubles) column.size = sizes[part++] as number;
    this.#parts.views.size = sizes[part++] as number;
    this.#parts.knowledge.size = sizes[part++] as number;
    this.#parts.views.locations = sizes[part] as number;
    this.#parts.cpus.load(registers);
    this.#parts.fences.last = lastFence;
  }

  #unsaved(): Saved {
    const registers = new Int32Array(this.#parts.cpus.registers);
    return { columns: new Int32Array(0), registers, sizes: [], lastFence: 0 };
  }
}
