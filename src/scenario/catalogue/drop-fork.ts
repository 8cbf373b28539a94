import { dropRace } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropFork: Scenario = {
  name: "drop-fork",
  title: "A process forks while another CPU drops its memory",
  story:
    "One CPU drops a large range. Another one forks the process and stores to a page of the range. The child must not see that " +
    "store, whatever the parent’s TLB remembers of the time before the fork.",
  ...dropRace(
    (page) => `0 fork 1
     0 write ${page} 6
     1 expect ${page} 5 0
     0 expect ${page} 6 0
     1 exit`,
  ),
};
