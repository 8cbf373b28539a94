/**
 * What a machine does with a weak memory model besides: who hears of its accesses, the orders that are added to them, and the
 * place for which the model chooses.
 */

import type { MemoryView } from "../wasm/memory.js";
import { Access, type AccessKind, type Hook, type Value } from "./access.js";
import type { Recording } from "./judge/recording.js";
import { type MemoryModel, performBy } from "./model.js";
import type { Monitor } from "./monitor.js";
import { type Places, plainName } from "./places.js";

/** Called when a CPU has seen something else than the newest value: a load, or an access that looks before it changes. */
export type StaleWatcher = (cpu: number, at: number, seen: Value) => void;

/** An order that is added at a place in the code: a barrier before the access, or what the access itself orders. */
export type AddedOrder = "full" | "write" | "read" | "release" | "acquire";

/** Orders that are added, by place: at marked accesses, and at plain ones, which get barriers only. */
export interface AddedOrders {
  readonly marked: ReadonlyMap<number, AddedOrder>;
  readonly plain: ReadonlyMap<number, AddedOrder>;
}

/** The parts of a machine that it works with. */
export interface WeakParts {
  readonly model: MemoryModel;
  /** Memory as it is, for accesses that are no decisions: the model does not hear of them. */
  readonly direct: MemoryModel;
  readonly view: MemoryView;
  readonly monitor: Monitor;
  /** The places of plain accesses. */
  readonly sources: Places;
  /** The names of the places of hooks. */
  readonly places: readonly string[];
  readonly cpus: number;
}

export class WeakSide {
  onStale: StaleWatcher | undefined;
  /** Hears of every access, while it is set: give it to the model as well. */
  recording: Recording | undefined;
  /** Orders that the program does not have. */
  added: AddedOrders | undefined;
  /** Every marked access comes here, not only those that are decisions. */
  passesAll = false;
  readonly #parts: WeakParts;
  /** The place of the access for which the model may choose: of a hook, or of a plain access. */
  #choosing = 0;
  #choosesPlain = false;

  constructor(parts: WeakParts) {
    this.#parts = parts;
  }

  /** Whether somebody hears of more than its accesses. */
  get isWatched(): boolean {
    return this.onStale !== undefined || this.recording !== undefined;
  }

  /** The place for which the model chooses. */
  get place(): string {
    const { sources, places } = this.#parts;
    const plain = this.#choosesPlain ? sources.plain[this.#choosing] : undefined;
    return plain ? plainName(plain) : (places[this.#choosing] ?? "?");
  }

  /** Before a plain load of a contended word: returns from where to load. */
  load(cpu: number, place: number, at: number, bytes: number): number {
    const { model, view, monitor } = this.#parts;
    this.#comesTo(place, true);
    this.#addFence(cpu, this.added?.plain.get(place));
    this.recording?.plain(cpu, at, place);
    const seen = model.plainLoad?.(cpu, at, bytes);
    this.recording?.saw(cpu, seen ?? (bytes === 8 ? view.u64(at) : view.u32(at & -4)));
    if (seen === undefined) return at;
    const { cell } = monitor;
    if (typeof seen === "bigint") view.setU64(cell, seen);
    else view.setU32(cell, seen);
    this.onStale?.(cpu, at, seen);
    return cell;
  }

  /** Before a plain store to a contended word. */
  store(cpu: number, place: number, at: number, bytes: number, low: number, high: number): void {
    const { model, sources } = this.#parts;
    this.#comesTo(place, true);
    this.#addFence(cpu, this.added?.plain.get(place));
    this.recording?.plain(cpu, at, place, bytes === 8 ? (BigInt(high) << 32n) | BigInt(low) : low);
    if (sources.makes[place] === true) model.make?.(at);
    model.plainStore?.(cpu, at, bytes, low, high);
  }

  /** A read-modify-write of a word that is not contended: the model hears of its order. */
  pass(cpu: number, access: Access): void {
    this.#comesTo(access.place, false);
    this.recording?.passed(cpu, access);
    this.#parts.model.pass?.(cpu, access);
  }

  /** Makes a marked access. */
  perform(cpu: number, access: Access): Value {
    const { model, monitor, cpus } = this.#parts;
    // A word that is not contended, no other CPU tells apart, and a search does not pass it to the model at all.
    const isDecision = !this.passesAll || access.hook.kind === "fence" || monitor.wasDecision;
    if (!isDecision) return this.#performUnseen(cpu, access);
    this.#comesTo(access.place, false);
    const recording = cpu < cpus ? this.recording : undefined;
    if (this.added !== undefined) this.#addOrder(cpu, access, this.added);
    recording?.marked(cpu, access);
    const result =
      this.onStale === undefined || !(LOOKING.has(access.hook.kind) || access.hook.kind === "lock")
        ? performBy(model, cpu, access)
        : this.#watchStale(cpu, access, this.onStale);
    recording?.saw(cpu, result);
    return result;
  }

  #comesTo(place: number, isPlain: boolean): void {
    this.#choosing = place;
    this.#choosesPlain = isPlain;
  }

  /** Adds an order to a marked access. */
  #addOrder(cpu: number, access: Access, { marked }: AddedOrders): void {
    const order = marked.get(access.place);
    if (order === "release" || order === "acquire") {
      const { kind, bits } = access.hook;
      access.hook = { name: `${kind}${bits}.${order}`, kind, bits, order };
    } else this.#addFence(cpu, order);
  }

  #addFence(cpu: number, order: AddedOrder | undefined): void {
    if (order === undefined || order === "release" || order === "acquire") return;
    const hook: Hook = { name: `fence.${order}`, kind: "fence", bits: 0, order };
    const fence = new Access().set(hook, this.#choosing, 0, 0, 0);
    this.recording?.marked(cpu, fence);
    this.#parts.model.fence(cpu, fence);
  }

  /** Performs an access to a word that is not contended as the monitor does it, when it passes all. */
  #performUnseen(cpu: number, access: Access): Value {
    const { direct } = this.#parts;
    const { kind } = access.hook;
    const stores = STORING.has(kind) || (LOOKING.has(kind) && kind !== "load" && !direct.looks(cpu, access));
    if (stores) this.pass(cpu, access);
    return performBy(direct, cpu, access);
  }

  /** Performs an access that looks at its word, and tells when it has seen something old. */
  #watchStale(cpu: number, access: Access, tell: StaleWatcher): Value {
    const { model, view } = this.#parts;
    const { hook, at, expected, value } = access;
    const newest = hook.bits === 64 ? view.u64(at) : view.u32(at);
    const result = performBy(model, cpu, access);
    const failed =
      (hook.kind === "trylock" && result === 0 && (Number(newest) & Number(expected)) === 0) ||
      (hook.kind === "get" && result === 0 && newest !== 0 && newest < value);
    // A lock as it was before the newest store is taken beside memory, which holds the newest value.
    const takes = hook.kind === "lock" || (hook.kind === "trylock" && result === 1);
    const old = takes && view.u32(at) === newest;
    if ((hook.kind === "load" || hook.kind === "cas") && result !== newest) tell(cpu, at, result);
    else if (failed || old) tell(cpu, at, 0);
    return result;
  }
}

/** The read-modify-writes that always store. */
const STORING: ReadonlySet<AccessKind> = new Set([
  ...(["add", "mark", "sub", "or", "and", "xchg", "lock", "unlock", "put"] as const),
]);
/** The kinds of access that may see something old. A read-modify-write that always stores sees the newest value. */
const LOOKING: ReadonlySet<AccessKind> = new Set(["load", "cas", "trylock", "get"]);
