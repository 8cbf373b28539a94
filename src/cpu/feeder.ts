/**
 * Hands operations to the worker CPUs in one global order, with backpressure, and brings the outcomes back.
 *
 * A record's outcome comes back with the record's tag. Waits between CPUs point backwards in the global order, and a
 * record is written only after all earlier ones, so that small rings cannot lock up.
 */
import type { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import type { Many } from "./many.js";
import type { CpuPool } from "./pool.js";
import type { Ring } from "./ring.js";

/** Called once for each tagged operation, in each CPU's own order. */
export type OutcomeHandler = (tag: number, outcome: OpOutcome) => void;

/** Called once for each piece of arrays. */
export type PieceHandler = (tag: number, outcome: OpOutcome) => void;

/** Tag of records whose outcome nobody needs. */
const UNTAGGED = -1;
/** Tag of records with accesses behind them. */
const PIECE = -2;

/** The accesses behind one record. */
interface Piece {
  readonly many: Many;
  readonly from: number;
  readonly count: number;
  readonly tag: number;
}

/** Tags of the records in flight on one CPU: as many as its ring holds, at the same places. */
class TagRing {
  readonly #tags: Int32Array;

  constructor(capacity: number) {
    this.#tags = new Int32Array(capacity);
  }

  set(index: number, tag: number): void {
    this.#tags[index & (this.#tags.length - 1)] = tag;
  }

  get(index: number): number {
    return this.#tags[index & (this.#tags.length - 1)] as number;
  }
}

/** Arrays of accesses for a CPU, with the tag of their step. */
export interface ArraysOfCpu {
  readonly cpu: number;
  readonly many: Many;
  readonly tag: number;
}

/** What one CPU still gets: `from` is the first access of its first arrays that it has not got. */
interface Lane {
  readonly cpu: number;
  readonly arrays: ArraysOfCpu[];
  from: number;
}

function lanesOf(arrays: readonly ArraysOfCpu[]): Lane[] {
  const lanes = new Map<number, Lane>();
  for (const one of arrays) {
    const lane = lanes.get(one.cpu) ?? { cpu: one.cpu, arrays: [], from: 0 };
    lane.arrays.push(one);
    lanes.set(one.cpu, lane);
  }
  return [...lanes.values()];
}

export class Feeder {
  readonly #pool: CpuPool;
  readonly #encoder: Encoder;
  readonly #onOutcome: OutcomeHandler;
  readonly #onPiece: PieceHandler;
  readonly #tags: readonly TagRing[];
  /** The pieces in flight on each CPU, oldest first. */
  readonly #pieces: readonly Piece[][];

  constructor(pool: CpuPool, encoder: Encoder, onOutcome: OutcomeHandler, onPiece: PieceHandler = () => {}) {
    this.#pool = pool;
    this.#onPiece = onPiece;
    this.#pieces = pool.rings.map(() => []);
    this.#encoder = encoder;
    this.#onOutcome = onOutcome;
    this.#tags = pool.rings.map((ring) => new TagRing(ring.capacity));
  }

  /** Index after the last record written for a CPU. Another CPU that waits for this index comes after the record. */
  position(cpu: number): number {
    return this.#ring(cpu).produced;
  }

  /** True when a CPU's ring takes so many records at once; otherwise await `room` first. */
  hasRoom(cpu: number, places = 1): boolean {
    const ring = this.#ring(cpu);
    if (ring.room >= places) return true;
    this.#collect(ring);
    return ring.room >= places;
  }

  /** Waits until a CPU's ring takes so many records. Throws what `CpuPool.progress` throws. */
  async room(cpu: number, places = 1): Promise<void> {
    const ring = this.#ring(cpu);
    while (!this.hasRoom(cpu, places)) {
      // This CPU's work may wait for other CPUs, so every CPU must see its records.
      for (const other of this.#pool.rings) other.publish();
      const done = ring.done;
      if (done === ring.consumed) await this.#pool.progress(ring, done);
      this.collect();
    }
  }

  /** Writes an operation for a CPU that has room. Returns the position after it. */
  put(cpu: number, operation: OpRecord, tag = UNTAGGED): number {
    const ring = this.#ring(cpu);
    (this.#tags[cpu] as TagRing).set(ring.produced, tag);
    return ring.write(operation);
  }

  /**
   * Writes all accesses of several arrays, piece by piece, to their CPUs in turn, so that these work at the same time. The
   * arrays of one CPU go one after the other. `goOn`: false ends it early. Throws as `room` does.
   */
  async putMany(arrays: readonly ArraysOfCpu[], goOn: () => boolean): Promise<void> {
    const lanes = lanesOf(arrays);
    while (lanes.length > 0 && goOn()) {
      let full = 0;
      for (const lane of lanes) {
        if (this.#putPiece(lane)) this.#ring(lane.cpu).publish();
        else full++;
      }
      for (let i = lanes.length - 1; i >= 0; i--) if (lanes[i]?.arrays.length === 0) lanes.splice(i, 1);
      if (full < lanes.length || lanes.length === 0) continue;
      // All are full. The one that is served first has most likely done most.
      const { ring, done } = this.#first(lanes[0]?.cpu ?? 0);
      if (done === ring.consumed) await this.#pool.progress(ring, done);
    }
  }

  #first(cpu: number): { readonly ring: Ring; readonly done: number } {
    for (const ring of this.#pool.rings) ring.publish();
    const ring = this.#ring(cpu);
    return { ring, done: ring.done };
  }

  /** Writes as many accesses of a lane as one record takes. False: its CPU has no room for so many. */
  #putPiece(lane: Lane): boolean {
    const { cpu, arrays } = lane;
    const ring = this.#ring(cpu);
    const { many, tag } = arrays[0] as ArraysOfCpu;
    const left = many.addresses.length - lane.from;
    if (left > 0) {
      if (!this.hasRoom(cpu, ring.placesFor(left))) return false;
      if (ring.isAtEnd) this.put(cpu, { op: 0 });
      const at = ring.produced;
      const count = ring.putMany(many, lane.from);
      if (count === 0) return false;
      const tags = this.#tags[cpu] as TagRing;
      tags.set(at, PIECE);
      tags.set(ring.produced - 1, UNTAGGED);
      (this.#pieces[cpu] as Piece[]).push({ many, from: lane.from, count, tag });
      lane.from += count;
    }
    if (lane.from < many.addresses.length) return true;
    arrays.shift();
    lane.from = 0;
    return true;
  }

  /** Makes a CPU wait until another one has executed everything up to a position that was written before. */
  wait(cpu: number, other: number, position: number): void {
    const awaited = this.#ring(other);
    // Only a record that the other CPU cannot see yet may still change. For the others, wait for the end of its
    // published part.
    if (awaited.isUnpublished(position)) awaited.requestReport(position);
    this.put(cpu, this.#encoder.wait(other, position));
  }

  /** Publishes all written records to their CPUs. */
  publish(): void {
    this.#pool.assertRunning();
    for (const ring of this.#pool.rings) ring.publish();
  }

  /** Delivers all available outcomes. */
  collect(): void {
    for (const ring of this.#pool.rings) this.#collect(ring);
  }

  /** Waits until everything written is executed, and delivers all outcomes. */
  async finish(): Promise<void> {
    this.publish();
    await this.#pool.idle();
    this.collect();
  }

  #collect(ring: Ring): void {
    const tags = this.#tags[ring.cpu] as TagRing;
    for (let end = (ring.consumed + ring.ready) >>> 0; ring.consumed !== end; ) {
      const tag = tags.get(ring.consumed);
      if (tag === UNTAGGED) ring.skip();
      else if (tag === PIECE) this.#collectPiece(ring);
      else this.#onOutcome(tag, ring.collect());
    }
  }

  #collectPiece(ring: Ring): void {
    const { many, from, count, tag } = (this.#pieces[ring.cpu] as Piece[]).shift() as Piece;
    this.#onPiece(tag, ring.collectMany(many, from, count));
  }

  #ring(cpu: number): Ring {
    return this.#pool.rings[cpu] as Ring;
  }
}
