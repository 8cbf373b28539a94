/**
 * Reclaim looks at pages one by one, as in Linux 2.6.26. The engine takes a run of pages under one hold of their root's
 * lock. In 2008 there was no root and no tree to look the run's pages up in.
 */

/** No page comes in a run. */
export function gatherRun(first: u32, end: u32): u32 {
  return 0;
}

/** Nothing to do: there are no runs. */
export function unmapRun(count: u32, force: bool): bool {
  return false;
}
