/** Stores, as messages in the coherence order of their location; and what each CPU last did there. */
import { Doubles, Ints } from "./numbers.js";

/** The writer of initial values. */
export const NOBODY = -1;

/** No message. */
export const NONE = -1;

/** All messages, by number. */
export class Messages {
  readonly location = new Ints();
  /** Its place in the coherence order: a later one has a larger place. */
  readonly place = new Doubles();
  /** Who stored it. */
  readonly cpu = new Ints();
  /** The message before it in the coherence order. */
  readonly before = new Ints();
  /** 1: it belongs to a read-modify-write that read the message before it, so nothing comes between them. */
  readonly sealed = new Ints();
  /** The view of stores that reach every CPU before this message. */
  readonly carries = new Ints();
  /** Knowledge of who reads it. */
  readonly knows = new Ints();
  /** Knowledge that the reads behind its value and its address give to a read of its own CPU. */
  readonly forwards = new Ints();
  /** 1: it gives a lock back; then the next two are what came before that. */
  readonly unlocks = new Ints();
  readonly handsOver = new Ints();
  readonly handsFence = new Ints();
  /** The last message of each location. */
  readonly last = new Ints();

  /** The columns of integers. */
  get ints(): Ints[] {
    const { location, cpu, before, sealed, carries, knows, forwards, unlocks, handsOver, handsFence } = this;
    return [
      location,
      cpu,
      before,
      sealed,
      carries,
      knows,
      forwards,
      unlocks,
      handsOver,
      handsFence,
      this.last,
    ];
  }

  /** A location, with its initial message. Returns the location's number. */
  open(): number {
    const location = this.last.size;
    this.last.push(NONE);
    this.last.set(location, this.#push(location, 0, NOBODY, NONE));
    return location;
  }

  /** The place behind a message and before its successor; NaN when there is no room. */
  placeAfter(message: number, next: number): number {
    const from = this.place.get(message);
    if (next === NONE) return Math.floor(from) + 1;
    const to = this.place.get(next);
    const between = (from + to) / 2;
    return between > from && between < to ? between : Number.NaN;
  }

  /** The message behind another one in the coherence order; NONE for the last. */
  next(message: number): number {
    let found = NONE;
    for (
      let other = this.last.get(this.location.get(message));
      other !== message;
      other = this.before.get(other)
    )
      found = other;
    return found;
  }

  /** Puts a message of a CPU right behind another one. */
  add(cpu: number, after: number): number {
    const next = this.next(after);
    const location = this.location.get(after);
    const made = this.#push(location, this.placeAfter(after, next), cpu, after);
    if (next === NONE) this.last.set(location, made);
    else this.before.set(next, made);
    return made;
  }

  #push(location: number, place: number, cpu: number, before: number): number {
    const made = this.place.size;
    this.place.push(place);
    this.location.push(location);
    this.cpu.push(cpu);
    this.before.push(before);
    this.sealed.push(0);
    this.carries.push(0);
    this.knows.push(0);
    this.forwards.push(0);
    this.unlocks.push(0);
    this.handsOver.push(0);
    this.handsFence.push(0);
    return made;
  }
}
