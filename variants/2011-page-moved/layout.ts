/** The delay points that 2011-page-moved places. */

/** A walk saw the page mapped, and has not touched its anon_vma yet. */
export const DELAY_MAPPED_SEEN: u32 = 40;
/** A walk read the anon_vma's root, and has not locked it yet. */
export const DELAY_ROOT_READ: u32 = 41;
/** A walk locked the root, and has not looked at the page again yet. */
export const DELAY_ROOT_LOCKED: u32 = 42;
