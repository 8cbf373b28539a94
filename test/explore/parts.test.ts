/** Parts of a bounded search: together they run each schedule of the whole, and each once. */

import { beforeAll, describe, expect, test } from "vitest";
import { BoundedStrategy, type Runner } from "../../dist/explore/index.js";
import { exploreRow, runnerOf } from "../../dist/explore/row.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { modelEngine, monitorModule } from "./modules.js";

const [module, monitor] = [modelEngine(), monitorModule()];
let scenarios: readonly Scenario[] = [];

beforeAll(async () => {
  scenarios = await loadScenarios();
});

function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((race) => race.name === name);
  if (found === undefined) throw new Error(`there is no race ${name}`);
  return found;
}

/** The schedules of a search, or of a part of it. */
function schedules(runner: Runner, part?: { index: number; of: number }): string[] {
  const strategy = new BoundedStrategy(2, part);
  const seen: string[] = [];
  while (strategy.begin()) {
    const { decisions } = runner.execute(strategy);
    const text = decisions.join("");
    if (!strategy.isForeign) seen.push(text);
  }
  return seen;
}

describe.each([
  ["drop-drop", 2],
  ["drop-drop", 5],
  ["drop-mprotect", 3],
])("%s in %i parts", (name, of) => {
  test("runs each schedule in one part", () => {
    const runner = runnerOf({ scenario: scenarioNamed(name), module, monitor });
    // All words are known: the search does not change any more.
    runner.explore(() => new BoundedStrategy(2));
    const whole = schedules(runner);
    const parts = Array.from({ length: of }, (_, index) => schedules(runner, { index, of }));
    expect(new Set(whole).size).toBe(whole.length);
    expect(parts.flat().sort()).toEqual([...whole].sort());
    // No part does most of the work.
    for (const part of parts) expect(part.length).toBeLessThan((2 * whole.length) / of);
  });
});

test("parts learn the same words, more than one preemption shows", () => {
  const scenario = scenarioNamed("drop-reclaim");
  const runner = runnerOf({ scenario, module, monitor });
  runner.explore(() => new BoundedStrategy(1));
  const settings = { strategy: "bounded", preemptions: 1, seed: 1, learn: true } as const;
  const rows = [0, 1].map((index) =>
    exploreRow({ scenario, module, monitor, settings: { ...settings, part: { index, of: 2 } } }),
  );
  expect(rows[0]?.words).toBe(rows[1]?.words);
  expect(rows[0]?.contended).toBeGreaterThan(runner.machine.monitor.contended);
});

test.each(["random", "pct"] as const)("parts of %s share the executions out", (strategy) => {
  const scenario = scenarioNamed("drop-drop");
  const settings = { strategy, preemptions: 2, seed: 7, executions: 100 };
  const counts = [0, 1, 2].map(
    (index) =>
      exploreRow({ scenario, module, monitor, settings: { ...settings, part: { index, of: 3 } } }).executions,
  );
  expect(counts).toEqual([33, 33, 34]);
});
