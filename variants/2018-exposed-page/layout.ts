/** The delay points that 2018-exposed-page places. */

/** A new page is in the entry, and has no mapping yet. */
export const DELAY_ENTRY_SET: u32 = 49;
