/** The delay points that 2008-mapped-before-rcu places. */

/** The RCU section has ended, and the anon_vma is still in use. */
export const DELAY_RCU_ENDED: u32 = 23;
