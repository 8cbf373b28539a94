/** The delay points that 2017-reclaim-batch places. */

/** Reclaim replaced an entry and unlocked its table, and the TLBs are not flushed yet. */
export const DELAY_FLUSH_DEFERRED: u32 = 53;
