/** The delay points that 2011-ksm-revalidated places. */

/** The scan saw, without the lock, that the list has an mm, and has not locked the list yet. */
export const DELAY_KSM_LIST_SEEN: u32 = 50;
