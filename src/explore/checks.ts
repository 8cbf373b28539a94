/** The engine's own checks, by the names of their places in the code: they look at what others do, and are no part of the protocol. */

const CHECKS = /^(check|mem\/shadow)\//;
/** Those of them that look at all of memory. */
const LOOKS = /^(check\/|mem\/shadow\/(whoRemembers|isInUse))/;

/** Whether the place is in a check. */
export function isCheck(place: string): boolean {
  return CHECKS.test(place);
}

/** Whether the place is in a check that looks at all of memory. */
export function looksAtAll(place: string): boolean {
  return LOOKS.test(place);
}

/**
 * Looks at what another CPU counts for itself, with plain stores, to guess whether to wait for it. Linux would mark such a
 * look `data_race(READ_ONCE())`: it may come at any time, but nobody may leave it out.
 */
const GUESSES = /^reclaim\/holders\/(holdsPages|othersAreAtWork|progressOf)\b/;

/** Whether a marked look at the place is a guess: it races with nobody. */
export function isGuess(place: string): boolean {
  return GUESSES.test(place);
}
