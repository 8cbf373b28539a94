/** The delay points that 2014-mremap-order places. */

/** A walk visited a VMA, and has not gone on to the next one yet. */
export const DELAY_VMA_VISITED: u32 = 49;
