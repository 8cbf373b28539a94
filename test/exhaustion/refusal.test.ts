/** Every allocation of every operation is refused once: the operation fails, or gets along, and nothing breaks. */
import { afterEach, expect, it } from "vitest";
import type { Engine } from "../../dist/index.js";
import { createEngine } from "../support/engines.js";
import { Refuser } from "./refusal.js";
import { SCENARIOS } from "./scenarios.js";

let engine: Engine | undefined;

/** One engine for all scenarios, and another after one that broke it. */
afterEach(async ({ task }) => {
  if (task.result?.state === "pass") return;
  await engine?.dispose();
  engine = undefined;
});

it.each(SCENARIOS)("$name", async (scenario) => {
  engine ??= await createEngine("engine.checked");
  const { allocations } = new Refuser(engine, scenario).run();
  expect(allocations > 0).toBe(scenario.frugal !== true);
});
