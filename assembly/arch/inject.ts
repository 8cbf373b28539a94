/** Refused allocations, for tests of every failure path, and memory given back early: never in this build. */

/** Whether the allocation that is about to be made shall be refused. */
@inline
export function failAllocation(): bool {
  return false;
}

/** Whether what a CPU keeps at hand of a slab cache shall be given back at once. */
@inline
export function giveBack(): bool {
  return false;
}
