/** The delay points that 2024-swapcache-skip places. */

/** A fault read the slot into its own page, and has not locked the entry yet. */
export const DELAY_SLOT_READ: u32 = 47;
