/**
 * The fault path at speed: CPUs touch pages for the first time and give them back, over and over, without
 * leaving WebAssembly. One operation is one fault and one unmapped page.
 */
import { Engine } from "../engine/engine.js";
import type { AddressSpace } from "../engine/space.js";

/** Pages of one round: as many as a page table holds. */
const PAGES = 512;
/** Records of a CPU's ring. */
const QUEUE = 32768;
/** Seconds that one measurement should take. */
const WINDOW = 0.12;

/** Where the CPUs work: each in an address space of its own, or all in one. */
export type Sharing = "separate" | "shared";

/** Measures rounds of faults and unmaps on worker CPUs. */
export class FaultUnmap {
  readonly #engine: Engine;
  readonly #places: readonly { readonly space: AddressSpace; readonly address: number }[];
  #rounds = 64;

  private constructor(engine: Engine, sharing: Sharing) {
    this.#engine = engine;
    const one = engine.spawn();
    this.#places = Array.from({ length: engine.cpus }, (_, cpu) => {
      const space = sharing === "shared" || cpu === 0 ? one : engine.spawn();
      // Regions far apart: no page table is shared.
      const at = 0x1000_0000_0000 + cpu * 2 ** 30;
      return { space, address: space.mmap(PAGES * engine.pageSize, { at }) };
    });
  }

  /** Makes an engine with as many worker CPUs and their mappings. */
  static async create(cpus: number, sharing: Sharing): Promise<FaultUnmap> {
    return new FaultUnmap(await Engine.create({ cpus, queueRecords: QUEUE, content: "word" }), sharing);
  }

  /** Finds how many rounds fill a window; also warms everything up. */
  async calibrate(): Promise<void> {
    for (;;) {
      const { seconds } = await this.measure(1);
      if (seconds > WINDOW / 2 || this.#rounds * 4 > QUEUE) return;
      this.#rounds = Math.min(QUEUE / 2, Math.ceil((this.#rounds * WINDOW) / Math.max(seconds, WINDOW / 8)));
    }
  }

  /** Runs one window on the first `cpus` CPUs. */
  async measure(cpus: number): Promise<{ operations: number; seconds: number }> {
    const { encoder, pool, pageSize } = this.#engine;
    for (const ring of pool.rings.slice(0, cpus)) {
      ring.skipAll();
      const place = this.#places[ring.cpu];
      if (!place) continue;
      const { space, address } = place;
      const touch = encoder.touch(space.slot, address, PAGES, true);
      const unmap = encoder.madvise(space.slot, address, PAGES * pageSize, "dontneed");
      for (let round = 0; round < this.#rounds; round++) {
        ring.write(touch);
        ring.write(unmap);
      }
    }
    const start = performance.now();
    await pool.idle();
    const seconds = (performance.now() - start) / 1000;
    this.#verify(cpus);
    return { operations: cpus * this.#rounds * PAGES, seconds };
  }

  dispose(): Promise<void> {
    return this.#engine.dispose();
  }

  /** A fast wrong answer is no answer: the last records of each CPU must have succeeded. */
  #verify(cpus: number): void {
    for (const ring of this.#engine.pool.rings.slice(0, cpus)) {
      const last = (ring.produced - 1) >>> 0;
      for (const index of [last, (last - 1) >>> 0]) {
        if (ring.resultAt(index) !== 0)
          throw new Error(`the benchmark's operations fail: ${ring.resultAt(index)}`);
      }
    }
  }
}
