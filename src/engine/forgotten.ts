/**
 * Engines that nobody has disposed: their worker threads end some time after the engine and all of its handles were
 * collected. The workers, and what they keep alive (the pool, the shared memory), do not refer to the engine's core.
 */
import type { CpuPool } from "../cpu/pool.js";

const forgotten = new FinalizationRegistry<CpuPool>((pool) => {
  // Nobody is left who could be told.
  pool.stop().catch(() => {});
});

/** Has an engine's worker threads end when its core is collected. */
export function endWithout(core: object, pool: CpuPool): void {
  forgotten.register(core, pool, core);
}

/** No longer: the engine is disposed. */
export function disposedInTime(core: object): void {
  forgotten.unregister(core);
}
