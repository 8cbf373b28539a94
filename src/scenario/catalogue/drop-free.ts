import { dropRace } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropFree: Scenario = {
  name: "drop-free",
  title: "One CPU gives up the content of a page that another one is dropping",
  story:
    "One CPU drops a large range. Another one gives up the content of a page (MADV_FREE) and stores to it again, while others " +
    "reclaim pages. Its new store must not be lost with the old content, unless the drop took it.",
  ...dropRace(
    (page) => `0 madvise ${page} 1 free
     0 expect ${page} 5 0
     0 write ${page} 6
     0 expect ${page} 6 0`,
  ),
  boot: { memory: 4096 * 4096, swap: 64 * 4096 },
  others: Array(6).fill("reclaim 64").join("\n"),
};
