/** Refuses allocations, for tests of every failure path, and gives memory back early: never in this build. */

/** Whether to refuse the allocation that is about to be made. */
@inline
export function failAllocation(): bool {
  return false;
}

/** Refuses this CPU's n-th allocation from here on; with 0, none. False: this build refuses none. */
@inline
export function failAfter(n: u32): bool {
  return false;
}

/** Whether a CPU gives the objects of a slab cache that it keeps at hand back at once. */
@inline
export function giveBack(): bool {
  return false;
}
