/**
 * Barriers between accesses that are not ordered by themselves. Natively every access of
 * `access.ts` that is not a plain store is sequentially consistent already, so only orders that
 * involve a 32-bit writeOnce need one of these; publishing with storeRelease is cheaper.
 *
 * A full barrier is a read-modify-write of a word that nobody else uses: the optimiser drops
 * `atomic.fence`, and keeps this.
 */

import { thisCpu } from "./cpu";
import { atomicAdd32 } from "./rmw";

/** Orders everything before against everything after. */
@inline
export function smpMb(): void {
  atomicAdd32(thisCpu().barrierAt, 0);
}

/** Orders stores before against stores after. */
@inline
export function smpWmb(): void {
  atomicAdd32(thisCpu().barrierAt, 0);
}

/** Orders loads before against loads after: atomic loads are ordered among themselves. */
@inline
export function smpRmb(): void {}
