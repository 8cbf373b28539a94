/**
 * Engines that nobody has disposed: their worker threads end some time after the engine was collected. The workers, and what
 * they keep alive (the pool, the shared memory), do not refer to the engine.
 */
import type { CpuPool } from "../cpu/pool.js";
import type { Engine } from "./engine.js";

const forgotten = new FinalizationRegistry<CpuPool>((pool) => {
  // Nobody is left who could be told.
  pool.stop().catch(() => {});
});

/** Has an engine's worker threads end when the engine is collected. */
export function endWithout(engine: Engine, pool: CpuPool): void {
  forgotten.register(engine, pool, engine);
}

/** No longer: the engine is disposed. */
export function disposedInTime(engine: Engine): void {
  forgotten.unregister(engine);
}
