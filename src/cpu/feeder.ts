/**
 * Hands operations to the worker CPUs in one global order, with backpressure, and brings the outcomes back.
 *
 * A record's outcome comes back with the record's tag. Waits between CPUs point backwards in the global order, and a
 * record is written only after all earlier ones, so that small rings cannot lock up.
 */
import type { Encoder } from "../record/encode.js";
import type { OpOutcome, OpRecord } from "../record/record.js";
import type { CpuPool } from "./pool.js";
import type { Ring } from "./ring.js";

/** Called once for each tagged operation, in each CPU's own order. */
export type OutcomeHandler = (tag: number, outcome: OpOutcome) => void;

/** Tag of records whose outcome nobody needs. */
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

  /** Index after the last record written for a CPU. Another CPU that waits for this index comes after the record. */
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
