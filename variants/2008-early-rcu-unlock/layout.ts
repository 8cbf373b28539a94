/** The delay points that 2008-early-rcu-unlock places. */

/** The RCU section has ended, and the anon_vma is still in use. The first of eight numbers, 23 to 30. */
export const DELAY_RCU_ENDED: u32 = 23;
