/** Points where the checked build may dawdle, to widen the window of a race: here they are nothing. */

/** A delay point. `site` tells the places apart. */
@inline
export function delayPoint(site: u32): void {}
