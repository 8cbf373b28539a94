/** The place in the code, for events of a finding's story. */

/** The place where this is written, as a number: see src/wasm/places.ts. */
@external("build", "place")
declare const PLACE: u32;

@inline
export function here(): u32 {
  return PLACE;
}
