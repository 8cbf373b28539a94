import { mergeRace } from "../merge-race.js";
import type { Scenario } from "../scenario.js";

export const ksmUnlocked: Scenario = {
  name: "ksm-unlocked",
  title: "A page becomes a merged page while someone without the page lock looks at it",
  story:
    "Equal pages are merged, and stores of the same value make them private again. The scanners hold a reference of the " +
    "page that they look at, but not the page lock; they skip merged pages, for which the walk expects it. So no page may " +
    "become a merged one after that look; the reference was thought to prevent it.",
  source: "Minchan Kim, review of “rmap: fix theoretical race …”, 12 May 2015",
  notOnMainline:
    "since Linux 6.19 whoever walks an anonymous page locks it; without the lock the argument of 2015 has a gap",
  ...mergeRace("unlocked"),
};
