/** The delay points that 2008-wmb places. */

/** A VMA is linked to its anon_vma, and its anonVma is not set yet. */
export const DELAY_ANON_VMA_LINKED: u32 = 10;
