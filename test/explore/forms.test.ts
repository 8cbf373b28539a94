/** The forms for exploration do what they say: an operation that always fails tells nothing, and nobody would notice. */

import { describe, expect, test } from "vitest";
import { BoundedStrategy, type Program } from "../../dist/explore/index.js";
import { runnerOf } from "../../dist/explore/row.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { modelEngine, monitorModule } from "./modules.js";

/** Operations that must fail: the race is about a right that is gone. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "drop-mprotect": ["0 expect 0 77"],
  "drop-mremap": ["0 expect 0 77"],
  "drop-munmap": ["0 expect 0 77"],
  // The page is unmapped before anybody supplies it.
  "missing-gone": ["0 read 0", "0 supply 0 1"],
  "reclaim-batch": ["0 write 0 99"],
};

const module = modelEngine();
const monitor = monitorModule();

/** Runs a form under every order of its CPUs, each of which goes on while it can. Gives the operations that failed each time. */
function failing(scenario: Scenario): { readonly setup: number; readonly always: readonly string[] } {
  const runner = runnerOf({ scenario, module, monitor });
  const { machine } = runner;
  const program = runner.program as Program;
  let setup = 0;
  const warm = machine.warm.bind(machine);
  machine.warm = (cpu, operations) => {
    const outcomes = warm(cpu, operations);
    setup += outcomes.filter(({ result }) => result < 0).length;
    return outcomes;
  };
  const failed = new Map<string, boolean>();
  let before: number | undefined;
  const verify = program.verify.bind(program);
  program.verify = (of, outcomes) => {
    before ??= setup;
    for (const [cpu, each] of outcomes.entries())
      for (const [index, { result }] of each.entries()) {
        const name = program.label?.(cpu, index);
        // A pin that is left over is dropped at the end, whether there is one or not: that has no name.
        if (name !== undefined) failed.set(name, (failed.get(name) ?? true) && result < 0);
      }
    return verify(of, outcomes);
  };
  for (const strategy = new BoundedStrategy(0); strategy.begin(); ) runner.execute(strategy);
  return { setup: before ?? setup, always: [...failed].filter(([, fails]) => fails).map(([name]) => name) };
}

describe("each operation of a form succeeds in some order, but for those that must not", async () => {
  const forms = (await loadScenarios()).filter(({ explore }) => explore !== undefined);
  test.each(forms.map((scenario) => [scenario.name, scenario] as const))("%s", (name, scenario) => {
    expect(failing(scenario)).toEqual({ setup: 0, always: REFUSED[name] ?? [] });
  });
});
