/** Records an execution for the judge: every access that a memory model hears of, and what the model did with it. */

import { Access, type AccessKind, type Value } from "../access.js";
import type { Witness } from "../model.js";
import { type Dependent, type ObjectOf, Pointers } from "../pointers.js";

/** A store, as somebody sees it at a location. */
interface Seen {
  readonly location: number;
  readonly store: number;
}

/** One access of the execution, in the order in which they were made. */
export interface Recorded {
  readonly cpu: number;
  /** A copy. A plain access is a load or a store without order, and its place is that of a plain access. */
  readonly access: Access;
  readonly plain: boolean;
  /** True for a read-modify-write of a word that nobody else touches: the model hears only of its order. */
  readonly passed: boolean;
  readonly reads: Seen[];
  readonly stores: Seen[];
  /** The accesses whose reads gave the address, and the stored value: places in the recording. */
  readonly address: number[];
  readonly data: number[];
  /** True when it saw something else than the newest value. */
  stale: boolean;
}

const LOAD = { name: "load.once", kind: "load", bits: 32, order: "once" } as const;
const STORE = { name: "store.once", kind: "store", bits: 32, order: "once" } as const;

export class Recording implements Witness {
  readonly accesses: Recorded[] = [];
  /** By location: the stores in their coherence order, without what memory held before. */
  readonly #orders = new Map<number, number[]>();
  readonly #pointers: Pointers;

  /** Of an engine with so many CPUs and bytes of memory. `objectOf` says what depends on which read, as in the machine of views. */
  constructor(cpus: number, bytes: number, objectOf: ObjectOf) {
    this.#pointers = new Pointers(cpus, bytes, objectOf);
  }

  /** A CPU makes a marked access, or a fence. */
  marked(cpu: number, access: Access): void {
    const copy = new Access().assign(access);
    this.#add(cpu, copy, false, false);
    if (copy.hook.kind === "fence") return;
    this.#depend(cpu, copy.at, STORING.has(copy.hook.kind) ? copy.value : undefined);
  }

  /** A CPU makes a read-modify-write of a word that nobody else touches. */
  passed(cpu: number, access: Access): void {
    this.#add(cpu, new Access().assign(access), false, true);
  }

  /** A CPU makes a plain access to a contended word; `value` is what it stores. */
  plain(cpu: number, at: number, place: number, value?: Value): void {
    this.#add(cpu, new Access().set(value === undefined ? LOAD : STORE, place, at, 0, 0), true, false);
    this.#depend(cpu, at, value);
  }

  /** What the access that is being made sees, if it looks. */
  saw(cpu: number, value: Value): void {
    this.#pointers.note(cpu, value, this.accesses.length - 1);
  }

  /** The access that is being made does not see the newest value. */
  isStale(): void {
    const taken = this.#take();
    if (taken !== undefined) taken.stale = true;
  }

  reads(location: number, store: number): void {
    this.#take()?.reads.push({ location, store });
  }

  stores(location: number, store: number): void {
    this.#take()?.stores.push({ location, store });
  }

  lands(location: number, store: number, after?: number): void {
    const order = this.#orders.get(location) ?? [];
    this.#orders.set(location, order);
    // Behind what memory held before, when the store in front is none that we know.
    const place = after === undefined ? order.length : order.indexOf(after) + 1;
    order.splice(place, 0, store);
  }

  /** The stores of a location that have landed, in coherence order. */
  order(location: number): readonly number[] {
    return this.#orders.get(location) ?? [];
  }

  #add(cpu: number, access: Access, plain: boolean, passed: boolean): void {
    const lists = { reads: [], stores: [], address: [], data: [] };
    this.accesses.push({ cpu, access, plain, passed, ...lists, stale: false });
  }

  /** Notes the reads that gave the address, and the value that is stored. */
  #depend(cpu: number, at: number, value: Value | undefined): void {
    const { address, data } = this.#take() as Recorded;
    const dependent: Dependent = {
      depend: (_cpu, kind, read) => {
        (kind === "address" ? address : data).push(read);
      },
    };
    this.#pointers.depend(dependent, cpu, at);
    if (value !== undefined) this.#pointers.dependOnValue(dependent, cpu, value);
  }

  /** The access that is being made. */
  #take(): Recorded | undefined {
    return this.accesses.at(-1);
  }
}

/** The kinds of access whose operand is what they store. */
const STORING: ReadonlySet<AccessKind> = new Set<AccessKind>(["store", "xchg", "cas"]);
