/** The delay points that 2011-refcount-trusted places. */

/** A walk read the anon_vma's root, and has not locked it yet. */
export const DELAY_ROOT_READ: u32 = 41;
