/**
 * First in, first out: the page that has been on the list longest goes, whether it is used or not. Linux gives a page that
 * was used a second chance here.
 */
export function judge(page: Page, used: u32): bool {
  // It is locked in memory, or its mappings cannot be looked at now.
  return used != LOCKED_IN_MEMORY && used != RMAP_CONTENDED;
}
