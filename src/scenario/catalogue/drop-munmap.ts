import { dropRace, NO_VALUE } from "../drop-race.js";
import type { Scenario } from "../scenario.js";

export const dropMunmap: Scenario = {
  name: "drop-munmap",
  title: "One CPU unmaps a page that another one is dropping",
  story:
    "One CPU drops a large range. Another one unmaps a page of it, which must then be out of reach, and maps a new one in " +
    "its place, which must read zero.",
  ...dropRace(
    (page) =>
      `0 munmap ${page} 1\n0 expect ${page} ${NO_VALUE}\n0 mmap ${page} 1 rw private anon\n0 expect ${page} 0`,
  ),
};
