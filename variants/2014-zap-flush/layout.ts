/** The delay points that 2014-zap-flush places. */

/** Entries are cleared, their table is unlocked, and no TLB is flushed yet. */
export const DELAY_ZAPPED_UNFLUSHED: u32 = 52;
/** The same, once more in the same moods. */
export const DELAY_ZAPPED_STILL_UNFLUSHED: u32 = 60;
