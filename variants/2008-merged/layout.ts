/** The delay points that 2008-merged places. */

/** A walk locked the anon_vma, and has not looked at its list yet. */
export const DELAY_LIST_LOCKED: u32 = 19;
/** A VMA points to the last one of the list, and the list does not lead to it yet. */
export const DELAY_LINK_BEGUN: u32 = 20;
/** A walk of the list reached a VMA, and has not visited it yet. */
export const DELAY_VMA_REACHED: u32 = 22;
/** A walk found the list empty. The first of eight numbers, one for each mood: 24 to 31. */
export const DELAY_LIST_EMPTY: u32 = 24;
