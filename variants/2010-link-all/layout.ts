/** The delay points that 2010-link-all places. */

/** A link is allocated, and the tree that it goes into is not locked yet. */
export const DELAY_LINK_ALLOCATED: u32 = 24;
