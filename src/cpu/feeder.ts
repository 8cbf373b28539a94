/**
 * Hands operations to the worker CPUs in one global order, with backpressure, and brings the outcomes back.
 *
 * A record's outcome comes back with the tag that it was given. Waits between CPUs point backwards in the global
 * order, and a record is written only after all earlier ones, so that small rings cannot lock up.
 */
import type { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import type { CpuPool } from "./pool.js";
import type { Ring } from "./ring.js";

/** Called once a tagged operation, in each CPU's own order. */
export type OutcomeHandler = (tag: number, outcome: OpOutcome) => void;

/** Tag of records that nobody asks about. */
const UNTAGGED = -1;

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

export class Feeder {
  readonly #pool: CpuPool;
  readonly #encoder: Encoder;
  readonly #onOutcome: OutcomeHandler;
  readonly #tags: readonly TagRing[];

  constructor(pool: CpuPool, encoder: Encoder, onOutcome: OutcomeHandler) {
    this.#pool = pool;
    this.#encoder = encoder;
    this.#onOutcome = onOutcome;
    this.#tags = pool.rings.map((ring) => new TagRing(ring.capacity));
  }

  /** Index after the last record written for a CPU: what others wait for to be behind it. */
  position(cpu: number): number {
    return this.#ring(cpu).produced;
  }

  /** True when a CPU's ring takes a record at once; otherwise await `room` first. */
  hasRoom(cpu: number): boolean {
    const ring = this.#ring(cpu);
    if (ring.room > 0) return true;
    this.#collect(ring);
    return ring.room > 0;
  }

  /** Waits until a CPU's ring takes a record. Throws what `CpuPool.progress` throws. */
  async room(cpu: number): Promise<void> {
    const ring = this.#ring(cpu);
    while (!this.hasRoom(cpu)) {
      // What this CPU works on may wait for others: all must see what they have.
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

  /** Makes a CPU wait until another one has executed everything up to a position that was written before. */
  wait(cpu: number, other: number, position: number): void {
    const awaited = this.#ring(other);
    // Only what the other CPU cannot see yet may still be changed; of the rest it tells when its published part ends.
    if (awaited.isUnpublished(position)) awaited.requestReport(position);
    this.put(cpu, this.#encoder.wait(other, position));
  }

  /** Lets all CPUs see what was written for them. */
  publish(): void {
    this.#pool.assertRunning();
    for (const ring of this.#pool.rings) ring.publish();
  }

  /** Delivers all outcomes that are there. */
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
    for (let left = ring.ready; left > 0; left--) {
      const tag = tags.get(ring.consumed);
      if (tag === UNTAGGED) ring.skip();
      else this.#onOutcome(tag, ring.collect());
    }
  }

  #ring(cpu: number): Ring {
    return this.#pool.rings[cpu] as Ring;
  }
}
