/** Pages of findings for the tests, without an exploration. */

import type { StoryEvent } from "../../../dist/explore/story.js";
import type { ExploreResultRow, ExploreRow } from "../../../dist/explore/suite.js";
import { storyPage } from "../../../dist/report/page/story.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import { loadVariant } from "../../../dist/scenario/variant.js";

/** A page with one row for each story: its events, or null where nothing was found. */
export async function pageOf(stories: readonly (readonly StoryEvent[] | null)[]): Promise<string> {
  const scenario = (await loadScenarios()).find(({ name }) => name === "first-fault");
  if (scenario === undefined) throw new Error("no race first-fault");
  const row = { scenario, variant: await loadVariant("2008-original") } as ExploreRow;
  const result = { scenario: "first-fault", variant: "2008-original", executions: 9, complete: true };
  const results = stories.map((events) => {
    const finding = {
      invariant: "I1",
      conclusion: "CPU 2, in `scan 1`, finds <it>",
      command: 'rmap explore "x"',
    };
    return { ...result, found: events && { ...finding, events } } as unknown as ExploreResultRow;
  });
  return storyPage(
    results.map(() => row),
    results,
  );
}

/** A story of so many events in turn on three CPUs; the last is not done yet, and the one before finds it. */
export function longStory(events: number): StoryEvent[] {
  return Array.from({ length: events }, (_, i) => ({
    ...{ cpu: i % 3, operation: "scan 1", file: "assembly/rmap/walk.ts", line: i + 1, function: "rmapWalk" },
    text: `reads frame 263's flags: lru|swapbacked|anon_exclusive|uptodate, number ${i}`,
    ...(i === events - 2 && { finds: true as const }),
    ...(i === events - 1 && { pending: true as const }),
  }));
}
