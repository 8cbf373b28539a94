/** Nearest names by edit distance, for messages that say what was probably meant. */

/** The Levenshtein distance of two strings. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * The `count` candidates nearest to `name`, best first. Two paths with the same last part count as near, because the
 * usual mistake is the right file in the wrong folder.
 */
export function nearest(name: string, candidates: Iterable<string>, count = 3): string[] {
  const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  const distance = (other: string): number =>
    last(name) === last(other) ? Math.min(1, editDistance(name, other)) : editDistance(name, other);
  return [...candidates]
    .map((candidate) => ({ candidate, distance: distance(candidate) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/**
 * The candidate that `name` most likely stands for, or undefined when none is near: at most one edit in each three letters
 * apart.
 */
export function nearOf(name: string, candidates: Iterable<string>): string | undefined {
  const [best] = nearest(name, candidates, 1);
  if (best === undefined) return undefined;
  return editDistance(name, best) <= Math.max(1, Math.floor(Math.min(name.length, best.length) / 3))
    ? best
    : undefined;
}
