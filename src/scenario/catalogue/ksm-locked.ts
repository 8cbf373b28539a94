import { mergeRace } from "../merge-race.js";
import type { Scenario } from "../scenario.js";

export const ksmLocked: Scenario = {
  name: "ksm-locked",
  title: "A page becomes a merged page while someone with the page lock looks at it",
  story:
    "The race of `ksm-unlocked`, with scanners that take the page lock first, as Linux does since 6.19: merging needs it " +
    "as well, so a page stays what the scanner found.",
  source: "Linux v6.19, folio_referenced(); the question is Minchan Kim's of 12 May 2015",
  ...mergeRace(""),
};
