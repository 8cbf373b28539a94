/**
 * Engines that you forgot to dispose. Their worker threads end some time after the garbage collector has collected
 * the engine and all of its handles. The workers, and what they keep alive (the pool, the shared memory), do not
 * refer to the engine's core.
 */
import type { CpuPool } from "../cpu/pool.js";

const forgotten = new FinalizationRegistry<CpuPool>((pool) => {
  // Nobody is left to handle an error.
  pool.stop().catch(() => {});
});

/** Ends an engine's worker threads when its core is collected. */
export function endWithout(core: object, pool: CpuPool): void {
  forgotten.register(core, pool, core);
}

/** Cancels that: the engine is disposed. */
export function disposedInTime(core: object): void {
  forgotten.unregister(core);
}
