import { dropRace, NO_VALUE } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropMprotect: Scenario = {
  name: "drop-mprotect",
  title: "One CPU takes all rights from a page that another one is dropping",
  story:
    "One CPU drops a large range. Another one takes all rights from a page of it. When that call has returned, no access " +
    "of the page may succeed, whether the drop or the TLB came first.",
  ...dropRace((page) => `0 mprotect ${page} 1 none\n0 expect ${page} ${NO_VALUE}\n0 mprotect ${page} 1 rw`),
};
