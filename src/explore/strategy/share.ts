/** How far a campaign of a given length is. */

/** Share of a campaign of `all` executions. */
export function shareOf(done: number, all: number): number | undefined {
  return Number.isFinite(all) ? done / all : undefined;
}
