/**
 * A CPU's ring of operation records in shared memory, seen from the host, its only producer.
 *
 *       consumed          done                     tail (published)      produced
 *   ────────┬───────────────┬─────────────────────────┬────────────────────┬──────────── indices, u32, wrapping
 *           │ outcomes to   │ being executed or       │ written, the CPU   │ free
 *           │ be collected  │ waiting for the CPU     │ does not see them  │
 *
 * A record becomes free when its outcome is collected; there is room for `capacity` records in between.
 */

import { EngineCrashError, EnvironmentError } from "../errors.js";
import {
  type OpOutcome,
  type OpRecord,
  type RecordOffsets,
  recordOffsets,
  refusals,
} from "../record/record.js";
import type { MemoryView } from "../wasm/memory.js";
import type { Control } from "./control.js";
import { type Many, ManyAccess, type ManyCodes, manyCodes, placesOf } from "./many.js";

export class Ring {
  /** Number of the CPU that executes the ring. */
  readonly cpu: number;
  /** Records that fit. */
  readonly capacity: number;
  /** Byte offset of the word in which the CPU publishes its progress. */
  readonly doneOffset: number;
  readonly #view: MemoryView;
  readonly #base: number;
  readonly #mask: number;
  readonly #tailOffset: number;
  readonly #at: RecordOffsets;
  readonly #publishFlag: number;
  readonly #publishMask: number;
  readonly #refused: ReturnType<typeof refusals>;
  readonly #many: ManyAccess;
  readonly #codes: ManyCodes;
  #produced = 0;
  #consumed = 0;
  /** The value that the host last wrote to the tail word. */
  #published = 0;

  /** Throws EnvironmentError when the CPU's block from `boot` has no ring inside the memory. */
  constructor(control: Control, cpu: number) {
    const { view, layout } = control;
    const struct = layout.struct("Cpu");
    const base = control.cpuBase(cpu);
    this.cpu = cpu;
    this.#view = view;
    this.#base = view.u32(base + struct.offset("queueBase"));
    this.#mask = view.u32(base + struct.offset("queueMask"));
    this.capacity = this.#mask + 1;
    const end = this.#base + this.capacity * layout.struct("OpRecord").size;
    if ((this.capacity & this.#mask) !== 0 || this.#base % 8 !== 0 || end > view.bytes) {
      throw new EnvironmentError(
        `the engine's tables make no sense: the ring of CPU ${cpu} has ${this.capacity} records at ${this.#base}`,
        "the module's boot is not that of an rmap engine",
      );
    }
    this.#tailOffset = base + struct.offset("tail");
    this.doneOffset = base + struct.offset("done");
    this.#at = recordOffsets(layout.struct("OpRecord"));
    this.#publishFlag = layout.constant("OPF_PUBLISH");
    // The CPU publishes its progress at least four times a round, so that a waiting producer wakes early.
    this.#publishMask = Math.max(1, this.capacity >>> 2) - 1;
    this.#refused = refusals(layout);
    this.#many = new ManyAccess(view);
    this.#codes = manyCodes(layout);
    this.resume();
  }

  /** Reads the indices anew: somebody has copied an earlier state of the memory back, at which nothing was under way. */
  resume(): void {
    this.#produced = this.#view.load(this.#tailOffset);
    this.#consumed = this.#produced;
    this.#published = this.#produced;
  }

  /** Index after the last record written. */
  get produced(): number {
    return this.#produced;
  }

  /** Index after the last record whose outcome was collected. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Index after the last record that the CPU has executed and published. */
  get done(): number {
    return this.#view.load(this.doneOffset);
  }

  /** The number of records that you can write now. */
  get room(): number {
    return this.capacity - ((this.#produced - this.#consumed) >>> 0);
  }

  /**
   * The number of outcomes that you can collect now. Throws EngineCrashError when something has overwritten the
   * ring's words.
   */
  get ready(): number {
    const ready = (this.done - this.#consumed) >>> 0;
    if (ready <= (this.#published - this.#consumed) >>> 0) return ready;
    throw new EngineCrashError(this.damage() ?? `the words of the ring of CPU ${this.cpu} were overwritten`);
  }

  /** A sentence about damage of the words that the CPU and the host share; undefined when they are intact. */
  damage(): string | undefined {
    const [tail, done] = [this.#view.load(this.#tailOffset), this.done];
    if (tail !== this.#published)
      return `the tail of the ring of CPU ${this.cpu} was overwritten: it is ${tail} and was ${this.#published}`;
    if ((done - this.#consumed) >>> 0 <= (tail - this.#consumed) >>> 0) return undefined;
    return `the progress of CPU ${this.cpu} was overwritten: ${done} records done, but it only got ${tail}`;
  }

  /** Writes a record; there must be room. Returns the index after it, for other CPUs to wait for. */
  write(operation: OpRecord): number {
    const { op, flags = 0, space = 0, aux = 0, a = 0, b = 0, c = 0 } = operation;
    return this.put(op, flags, space, aux, a, b, c);
  }

  /** The same with the fields as arguments, for callers that write millions. */
  put(
    op: number,
    flags: number,
    space: number,
    aux: number,
    a: number | bigint,
    b: number | bigint,
    c: number | bigint,
  ): number {
    const view = this.#view;
    const at = this.#at;
    const record = this.#record(this.#produced);
    const publish = (this.#produced & this.#publishMask) === this.#publishMask ? this.#publishFlag : 0;
    view.setU8(record + at.op, op);
    view.setU8(record + at.flags, flags | publish);
    view.setU16(record + at.space, space);
    view.setU32(record + at.aux, aux);
    this.#setU64(record + at.a, a);
    this.#setU64(record + at.b, b);
    this.#setU64(record + at.c, c);
    this.#produced = (this.#produced + 1) >>> 0;
    return this.#produced;
  }

  /** True when the next record is the last before the ring's end: no accesses can stand behind it. */
  get isAtEnd(): boolean {
    return (this.#produced & this.#mask) === this.#mask;
  }

  /** Room for which you wait before you write so many accesses: half of the ring, since each wait costs the host some µs. */
  placesFor(count: number): number {
    const ahead = this.#mask - (this.#produced & this.#mask);
    const places = Math.min(placesOf(count, this.#codes.bytes, this.#at.size), ahead, this.capacity >>> 1);
    return Math.min(places + 2, this.capacity - 1);
  }

  /**
   * Writes as many of an array's accesses as one record takes now, from the one with the number `from` on, and an empty
   * record behind them, of which a report can be requested. Returns the number of accesses; 0 when there is no room.
   */
  putMany(many: Many, from: number): number {
    const { bytes, op } = this.#codes;
    const ahead = this.#mask - (this.#produced & this.#mask);
    const places = Math.min(this.room - 2, ahead);
    const count = Math.min(many.addresses.length - from, Math.floor((places * this.#at.size) / bytes));
    if (count <= 0) return 0;
    const taken = placesOf(count, bytes, this.#at.size);
    const record = this.#record(this.#produced);
    this.put(op, 0, many.slot, taken, count, 0, 0);
    this.#many.write(record + this.#at.size, many, from, count);
    this.#produced = (this.#produced + taken) >>> 0;
    this.put(0, 0, 0, 0, 0, 0, 0);
    return count;
  }

  /** Collects the outcomes of such a record with `count` accesses, and frees its places but the empty record's. */
  collectMany(many: Many, from: number, count: number): OpOutcome {
    const record = this.#record(this.#consumed);
    const outcome = this.collect();
    this.#many.read(record + this.#at.size, many, from, count);
    this.#consumed = (this.#consumed + placesOf(count, this.#codes.bytes, this.#at.size)) >>> 0;
    return outcome;
  }

  /** True when the record before `position` is written and not yet published. */
  isUnpublished(position: number): boolean {
    return ((this.#produced - position) | 0) >= 0 && ((position - this.#published) | 0) > 0;
  }

  /** Makes the CPU publish its progress right after the record before `position`. That record must be unpublished. */
  requestReport(position: number): void {
    const offset = this.#record((position - 1) >>> 0) + this.#at.flags;
    this.#view.setU8(offset, this.#view.u8(offset) | this.#publishFlag);
  }

  /** Publishes everything written so far to the CPU. The last record always reports its completion. */
  publish(): void {
    if (this.#published === this.#produced) return;
    this.requestReport(this.#produced);
    this.#published = this.#produced;
    this.#view.store(this.#tailOffset, this.#produced);
    this.#view.notify(this.#tailOffset);
  }

  /** The same for this thread's own CPU: it never sleeps, and nobody waits for a report. */
  publishHere(): void {
    this.#published = this.#produced;
    this.#view.store(this.#tailOffset, this.#produced);
  }

  /** Collects the outcome of the next record and frees its place. Call it only when `ready` is not 0. */
  collect(): OpOutcome {
    const record = this.#record(this.#consumed);
    this.#consumed = (this.#consumed + 1) >>> 0;
    const view = this.#view;
    const result = view.u32(record + this.#at.c) | 0;
    return {
      result,
      anonDelta: view.u32(record + this.#at.c + 4) | 0,
      value: view.u64(record + this.#at.b),
      refused: result < 0 ? this.#refused(result, view.u32(record + this.#at.aux)) : undefined,
    };
  }

  /** Frees the place of the next uncollected record without reading it. Call it only when `ready` is not 0. */
  skip(): void {
    this.#consumed = (this.#consumed + 1) >>> 0;
  }

  /** Frees all places whose records are done, without reading their outcomes. */
  skipAll(): void {
    this.#consumed = (this.#consumed + this.ready) >>> 0;
  }

  /** Result of a record: 0, -errno, or -(1000 + signal). The record must be done, and its place not yet reused. */
  resultAt(index: number): number {
    return this.#view.u32(this.#record(index) + this.#at.c) | 0;
  }

  /** The value that such a record returned. */
  valueAt(index: number): bigint {
    return this.#view.u64(this.#record(index) + this.#at.b);
  }

  /** The change of the anonymous page count by such a record. */
  anonDeltaAt(index: number): number {
    return this.#view.u32(this.#record(index) + this.#at.c + 4) | 0;
  }

  /** What such a record, an OP_TALLY, told: faults on new pages, on read-only ones, of files, of zero pages; pages from swap; reuses. */
  tallyAt(index: number, into: Uint32Array): void {
    const record = this.#record(index);
    const { a, b, c, aux } = this.#at;
    // The array itself: six calls take V8 several milliseconds to compile.
    const words = this.#view.i32;
    into[0] = words[(record + a) >>> 2] as number;
    into[1] = words[(record + a + 4) >>> 2] as number;
    into[2] = words[(record + b) >>> 2] as number;
    into[3] = words[(record + b + 4) >>> 2] as number;
    into[4] = words[(record + c + 4) >>> 2] as number;
    into[5] = words[(record + aux) >>> 2] as number;
  }

  #record(index: number): number {
    return this.#base + (index & this.#mask) * this.#at.size;
  }

  #setU64(offset: number, value: number | bigint): void {
    if (typeof value === "number") this.#view.setNumber(offset, value);
    else this.#view.setU64(offset, value);
  }
}
