/** The delay points that 2015-single-store places. */

/** The page is about to get its new mapping. */
export const DELAY_MAPPING_CHANGING: u32 = 44;
/** The page has its new mapping, and is not exclusive yet. */
export const DELAY_MAPPING_CHANGED: u32 = 45;
/** A walk of a page begins, and has not read the page's mapping yet. */
export const DELAY_WALK_BEGUN: u32 = 46;
