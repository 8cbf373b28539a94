/** The place in the code that an event of the stress build names: here there is none. */

/** The number of the place where the caller of an inlined function stands. */
@inline
export function here(): u32 {
  return 0;
}
