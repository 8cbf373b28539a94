/** The delay point that 2015-single-store adds. */

/** The page has its new mapping, and is not exclusive yet. */
export const DELAY_MAPPING_CHANGED: u32 = 52;
