/** The delay points that 2015-torn-store places. */

/** The first half of the new mapping is stored, and the second is not. */
export const DELAY_MAPPING_TORN: u32 = 44;
/** The page is about to get its new mapping. */
export const DELAY_MAPPING_CHANGING: u32 = 45;
/** A walk of a page begins, and has not read the page's mapping yet. */
export const DELAY_WALK_BEGUN: u32 = 46;
