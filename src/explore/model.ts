/** The interface of a memory model, which decides the value that an access sees. */

import type { Control } from "../cpu/control.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Access, Value } from "./access.js";
import type { Print } from "./print.js";

/**
 * Hears of what a weak model does with the access that is being made. Locations and stores are numbers of the model. A
 * location is a word or more; a store has one number, at each of its locations. What memory held before is a store of
 * which nobody hears.
 */
export interface Witness {
  /** The access sees a store at a location. */
  reads(location: number, store: number): void;
  /** The access stores. */
  stores(location: number, store: number): void;
  /** A store lands: right behind another one in the coherence order, or behind all. */
  lands(location: number, store: number, after?: number): void;
}

/**
 * A memory model over the engine's memory.
 *
 * The memory itself always holds each word's newest value. The engine reads plain fields, which a lock protects,
 * there without the model, and so does every reader when all CPUs stand still. A weaker model also keeps the older
 * values that a CPU may still see, and asks for a choice when there are several. It hears of every access to a contended
 * word, one that two CPUs touch and one writes: of the plain ones too, if it has `plainStore`.
 */
export interface MemoryModel {
  /** Its name, such as `sc`. */
  readonly name: string;
  /** The value that a load sees. */
  load(cpu: number, access: Access): Value;
  store(cpu: number, access: Access): void;
  /** A read-modify-write other than cas. Returns the old value. */
  rmw(cpu: number, access: Access): Value;
  /** Stores `access.value` if the word is `access.expected`. Returns the old value. */
  cas(cpu: number, access: Access): Value;
  /** Takes a lock that is free. */
  lock(cpu: number, access: Access): void;
  /** Takes a lock if it is free: 1, else 0. */
  trylock(cpu: number, access: Access): Value;
  /** Adds 1 if the word is above 0 and below `access.value`: 1, else 0. */
  get(cpu: number, access: Access): Value;
  /** Gives a lock or a reference back. Returns what was there before. */
  unlock(cpu: number, access: Access): Value;
  fence(cpu: number, access: Access): void;
  /**
   * False for a wait whose CPU can see nothing but `access.value`, and for a lock that is taken. Changes nothing.
   */
  ready(cpu: number, access: Access): boolean;
  /**
   * True for a conditional access that would change nothing now: `cas` with another value in the word, `trylock` of a
   * lock that is taken, `get` of a count that is out of its bounds. Changes nothing.
   */
  looks(cpu: number, access: Access): boolean;
  /** The CPU continues after a wait, because it has seen another value. */
  wait(cpu: number, access: Access): void;
  /**
   * Only of a weak model: a CPU is about to load plainly from a contended word, and reads memory afterwards. Returns what
   * it sees in place of that: a number of at most 32 bits, or 64 bits as a bigint. Undefined: what memory holds.
   */
  plainLoad?(cpu: number, at: number, bytes: number): Value | undefined;
  /**
   * Only of a weak model: a CPU is about to store plainly into a contended word. It stores itself, afterwards: `low`, and
   * above that `high` for 8 bytes.
   */
  plainStore?(cpu: number, at: number, bytes: number, low: number, high: number): void;
  /**
   * Only of a weak model: from here on every CPU sees in these bytes what memory holds. Somebody is about to store there
   * who is no part of the machine: the engine's checks, or the RCU of the model, which is one step.
   */
  forget?(at: number, bytes: number): void;
  /** Before the plain store of a constructor that makes a word: nobody can say what the word held before. */
  make?(at: number): void;
  /** Memory that no constructor has made holds what it holds, and nothing else. */
  fixUnmade?(): void;
  /**
   * Only of a weak model: a CPU makes a read-modify-write of a word that is not contended, and gets its value without the
   * model. Nobody else looks at the word; but what the access orders, counts. Of a lock, `value` and `expected` are set.
   */
  pass?(cpu: number, access: Access): void;
  /** Only of a weak model: whether a step ever had more than MOST_CHOICES outcomes, so that some were left out. */
  readonly clipped?: boolean;
  /** Only of a weak model: hears what becomes of each access. */
  witness?: Witness | undefined;
  /** All CPUs stand still: from here on every CPU sees all stores so far. */
  settle(): void;
  /** Saves the model's state outside of the memory. */
  save(): void;
  /** Restores it, as often as you like. */
  restore(): void;
  /**
   * Notes the state outside of the memory in the middle of an execution, by numbers from 0 on; `back` restores it, as often
   * as you like. Whoever notes a number has no use for what had that number before, or a higher one. A model without these
   * two begins each execution anew.
   */
  mark?(number: number): void;
  back?(number: number): void;
  /** Whether `print` tells all states apart. */
  readonly prints?: boolean;
  /** Appends a hash of the state outside of the memory: what is equal from here on for everybody has the same one. */
  print?(into: Print): void;
}

/**
 * Returns a number from 0 to `count` - 1 by the strategy's decision. A model in which every choice is 0 is sequentially
 * consistent: the other choices are deviations, and a search bounds their number. `count` is at most MOST_CHOICES.
 */
export type Choose = (count: number) => number;

/** The most values among which a model lets a strategy choose. */
export const MOST_CHOICES = 24;

/**
 * Makes a model for so many virtual CPUs. The host's CPU has the number behind them, and works while they stand still.
 * `control` is that of the engine, which boots afterwards: it says which object a pointer names.
 */
export type ModelFactory = (view: MemoryView, choose: Choose, cpus: number, control?: Control) => MemoryModel;

/** Makes an access by a model. Returns what the engine gets back for it; 0 where it gets nothing. */
export function performBy(model: MemoryModel, cpu: number, access: Access): Value {
  switch (access.hook.kind) {
    case "load":
      return model.load(cpu, access);
    case "store":
      model.store(cpu, access);
      return 0;
    case "cas":
      return model.cas(cpu, access);
    case "lock":
      model.lock(cpu, access);
      return 0;
    case "trylock":
      return model.trylock(cpu, access);
    case "get":
      return model.get(cpu, access);
    case "unlock":
    case "put":
      return model.unlock(cpu, access);
    case "fence":
      model.fence(cpu, access);
      return 0;
    case "wait":
      model.wait(cpu, access);
      return 0;
    default:
      return model.rmw(cpu, access);
  }
}
