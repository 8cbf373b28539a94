/** A worker CPU stores while this one collects: who keeps a copy of what is reported must end with what is there. */
import { Engine, type EngineOptions } from "../../dist/index.js";

const PAGE = 4096;
const PAGES = 48;
/** Accesses of a batch. */
const ACCESSES = 4000;

/** What a race did. */
export interface RaceResult {
  /** Pages whose copy differs from what is there. */
  readonly lost: number;
  /** Collections that ran beside the stores, and pages that they told. */
  readonly collections: number;
  readonly told: number;
}

/** Runs so many batches of stores and loads on a worker CPU, and collects beside them. */
export async function raceOnce(batches: number, options: EngineOptions = {}): Promise<RaceResult> {
  const engine = await Engine.create({ cpus: 1, memory: 256 * PAGE, ...options });
  try {
    const space = engine.spawn();
    const at = space.mmap(PAGES * PAGE);
    space.touch(at, PAGES);
    const copy = new BigUint64Array(PAGES);
    const changes = space.trackDirty();
    let collections = 0;
    let told = 0;
    const collect = () => {
      const addresses = changes.collect().addresses();
      for (const address of addresses) copy[(address - at) / PAGE] = space.read(address);
      collections++;
      told += addresses.length;
    };
    for (let number = 0; number < batches; number++) {
      const batch = engine.batch();
      const addresses = Float64Array.from({ length: ACCESSES }, (_, i) => at + ((i * 7) % PAGES) * PAGE);
      const values = BigUint64Array.from({ length: ACCESSES }, (_, i) => BigInt(number * ACCESSES + i + 1));
      // Loads between the stores fill the TLB as well.
      const operations = Uint8Array.from({ length: ACCESSES }, (_, i) => (i % 5 < 2 ? 0 : 1));
      batch.on(0).accesses(space, { operations, addresses, values });
      let runs = true;
      const ended = batch.run().finally(() => {
        runs = false;
      });
      while (runs) {
        collect();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await ended;
    }
    collect();
    let lost = 0;
    for (let i = 0; i < PAGES; i++) if (copy[i] !== space.read(at + i * PAGE)) lost++;
    return { lost, collections, told };
  } finally {
    await engine.dispose();
  }
}
