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
