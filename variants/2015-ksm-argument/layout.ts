/** The delay points that 2015-ksm-argument places. */

/** A walk of a page begins, and has not read the page's mapping yet. */
export const DELAY_WALK_BEGUN: u32 = 46;
