import { dropRace, NO_VALUE } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropMremap: Scenario = {
  name: "drop-mremap",
  title: "One CPU moves a page that another one is dropping",
  story:
    "One CPU drops a large range. Another one moves a page of it away and back. At the old place nothing may be read, and at " +
    "the new one the page’s word, or zero where the drop came first.",
  ...dropRace(
    (page) => `0 mremap ${page} 1 1 ${3000 + page}
     0 expect ${page} ${NO_VALUE}
     0 expect ${3000 + page} 5 0
     0 mremap ${3000 + page} 1 1 ${page}
     0 expect ${page} 5 0`,
  ),
};
