/** Refused allocations, for tests of every failure path: never in this build. */

/** Whether the allocation that is about to be made shall be refused. */
@inline
export function failAllocation(): bool {
  return false;
}
