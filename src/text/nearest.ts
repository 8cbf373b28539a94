/** Nearest names by edit distance, for messages that say what was probably meant. */

/** Number of single-letter edits between two words (insert, delete, replace, swap of neighbours). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      }
      next.push(cost);
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The words of a name in alphabetical order: `anonVmaPrepare` and `prepareAnonVma` have the same. */
function wordsIn(name: string): string {
  return (name.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [])
    .map((word) => word.toLowerCase())
    .sort()
    .join(" ");
}

/**
 * The `count` candidates nearest to `name`, best first. Two paths with the same last part count as near, because the
 * usual mistake is the right file in the wrong folder; and so do names of the same words in another order.
 */
export function nearest(name: string, candidates: Iterable<string>, count = 3): string[] {
  const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
  const words = wordsIn(name);
  const distance = (other: string): number => {
    const same = last(name) === last(other) || (words !== "" && words === wordsIn(other));
    return same ? Math.min(1, editDistance(name, other)) : editDistance(name, other);
  };
  return [...candidates]
    .map((candidate) => ({ candidate, distance: distance(candidate) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** Letters of the longest name that is compared: no name of anything here has as many. */
const LONGEST = 100;
/** Letters of the shortest part of a name that stands for the whole. */
const PART = 3;

/**
 * What to ask about a wrong name, such as `did you mean "first-fault"? `, with up to three candidates: those that contain the
 * name, or else those that are near, at most one edit in each three letters apart. Empty when there are none.
 */
export function didYouMean(name: string, candidates: readonly string[]): string {
  if (name.length > LONGEST) return "";
  const whole = name.length < PART ? [] : candidates.filter((candidate) => candidate.includes(name));
  const found =
    whole.length > 0 ? whole.slice(0, 3) : nearest(name, candidates).filter((other) => isNear(name, other));
  return found.length === 0 ? "" : `did you mean ${found.map((other) => `"${other}"`).join(" or ")}? `;
}

/**
 * The candidate that `name` most likely stands for, or undefined when none is near: at most one edit in each three letters
 * apart.
 */
export function nearOf(name: string, candidates: Iterable<string>): string | undefined {
  const [best] = nearest(name, candidates, 1);
  if (best === undefined) return undefined;
  return isNear(name, best) ? best : undefined;
}

function isNear(a: string, b: string): boolean {
  return editDistance(a, b) <= Math.max(1, Math.floor(Math.min(a.length, b.length) / 3));
}
