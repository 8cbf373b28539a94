/** Records an execution for the judge: every access that a memory model hears of, and what the model did with it. */

import { Access } from "../access.js";
import type { Witness } from "../model.js";

/** A store, as somebody sees it at a location. */
export interface Seen {
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
}

const LOAD = { name: "load.once", kind: "load", bits: 32, order: "once" } as const;
const STORE = { name: "store.once", kind: "store", bits: 32, order: "once" } as const;

export class Recording implements Witness {
  readonly accesses: Recorded[] = [];
  /** By location: the stores in their coherence order, without what memory held before. */
  readonly #orders = new Map<number, number[]>();
  /** The access that gave each read of the model, by the model's number. */
  readonly #reads = new Map<number, number>();
  #address: number[] = [];
  #data: number[] = [];

  /** A CPU makes a marked access, or a fence. */
  marked(cpu: number, access: Access): void {
    this.#add(cpu, new Access().assign(access), false, false);
  }

  /** A CPU makes a read-modify-write of a word that nobody else touches. */
  passed(cpu: number, access: Access): void {
    this.#add(cpu, new Access().assign(access), false, true);
  }

  /** A CPU makes a plain access to a contended word. */
  plain(cpu: number, stores: boolean, at: number, place: number): void {
    this.#add(cpu, new Access().set(stores ? STORE : LOAD, place, at, 0, 0), true, false);
  }

  depends(kind: "address" | "data", read: number): void {
    const from = this.#reads.get(read);
    if (from !== undefined) (kind === "address" ? this.#address : this.#data).push(from);
  }

  reads(location: number, store: number, read?: number): void {
    this.#take()?.reads.push({ location, store });
    if (read !== undefined) this.#reads.set(read, this.accesses.length - 1);
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
    this.#address = [];
    this.#data = [];
    this.accesses.push({
      ...{ cpu, access, plain, passed },
      ...{ reads: [], stores: [], address: this.#address, data: this.#data },
    });
  }

  /** The access that is being made. */
  #take(): Recorded | undefined {
    return this.accesses.at(-1);
  }
}
