/** A CPU that repeats itself is told from one in a long loop. */

import { expect, it } from "vitest";
import { exploreRow } from "../../dist/explore/row.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { modelEngine, monitorModule } from "./modules.js";

const modules = { module: modelEngine(), monitor: monitorModule() };

it("a loop over hundreds of pages is no wait", () => {
  // Of 512 stacks that differ in the address only, two had the same hash of 32 bits.
  const text = `title Many pages
boot swap 32
setup
  0 mmap 510 516 rw private anon
  0 write 903 1
  0 mlock 510 6
cpu
  reclaim 5
cpu
  fail 4
  0 migrate 510 515
`;
  const scenario = parseRace(text, { file: "many.race", name: "many" });
  const settings = { strategy: "bounded", preemptions: 0, seed: 1 } as const;
  const { found, complete } = exploreRow({ scenario, ...modules, settings });
  expect(found?.message).toBeUndefined();
  expect(complete).toBe(true);
});
