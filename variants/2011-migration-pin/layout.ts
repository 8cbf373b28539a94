/** The delay points that 2011-migration-pin places. */

/** Migration found the page's anon_vma, and has no reference to it yet. */
export const DELAY_OWNER_FOUND: u32 = 43;
