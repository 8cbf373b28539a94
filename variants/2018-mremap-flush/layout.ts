/** The delay points that 2018-mremap-flush places. */

/** Entries are moved, their table is unlocked, and no TLB is flushed yet. */
export const DELAY_MOVED_UNFLUSHED: u32 = 51;
/** The same, once more in the same moods. */
export const DELAY_MOVED_STILL_UNFLUSHED: u32 = 59;
