/** Barriers on modelled hardware. */

import { fenceFull, fenceRead, fenceWrite, PLACE } from "./hooks";

/** Orders everything before against everything after. */
@inline
export function smpMb(): void {
  fenceFull(PLACE);
}

/** Orders stores before against stores after. */
@inline
export function smpWmb(): void {
  fenceWrite(PLACE);
}

/** Orders loads before against loads after. */
@inline
export function smpRmb(): void {
  fenceRead(PLACE);
}
