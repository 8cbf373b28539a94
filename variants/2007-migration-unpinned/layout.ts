/** The delay points that 2007-migration-unpinned places. */

/** Migration replaced all entries of the page, and has not moved it yet. */
export const DELAY_PAGE_UNMAPPED: u32 = 43;
