/**
 * Barriers between accesses that are not ordered by themselves. Natively every access of `access.ts` that is no plain
 * store is sequentially consistent. So only orders that involve a 32-bit writeOnce need a barrier. Publishing with
 * storeRelease is cheaper.
 *
 * A full barrier is a read-modify-write of a word that nobody else uses: the optimiser removes `atomic.fence`, but
 * keeps this.
 */

import { thisCpu } from "./cpu";
import { atomicAdd32 } from "./rmw";

/** Orders all accesses before it against all accesses after it. */
@inline
export function smpMb(): void {
  atomicAdd32(thisCpu().barrierAt, 0);
}

/** Orders stores before it against stores after it. */
@inline
export function smpWmb(): void {
  atomicAdd32(thisCpu().barrierAt, 0);
}

/** Orders loads before it against loads after it. Atomic loads are already ordered. */
@inline
export function smpRmb(): void {}
