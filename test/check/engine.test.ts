/**
 * Races that made-up ones have shown to be wrong in the engine: each is clean now. Small ones are searched in every order
 * up to two preemptions, large ones at random: 300 executions met what was wrong.
 */

import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { type ExploreSettings, exploreRow } from "../../dist/explore/row.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { count, sample } from "../support/sample.js";
import { fixture } from "./plain.js";

const small = readdirSync(fixture("engine"));
/** Of a large one: 300 executions met what was wrong. */
const EXECUTIONS = count(600, 1500);
const large = readdirSync(fixture("engine-large"));
let module: WebAssembly.Module;
let monitor: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(new URL("../../dist/engine.model.wasm", import.meta.url)));
  monitor = await loadMonitor();
});

const explore = (folder: string, name: string, settings: ExploreSettings) => {
  const text = readFileSync(`${fixture(folder)}/${name}`, "utf8");
  const scenario = parseRace(text, { file: name, name });
  return exploreRow({ scenario, module, monitor, settings });
};

it.each(sample(small, 5, "test/check/engine"))("%s", (name) => {
  const report = explore("engine", name, { strategy: "bounded", preemptions: 2, seed: 1 });
  expect(report.found?.message).toBeUndefined();
  expect(report.complete).toBe(true);
});

it.each(large)("%s at random", (name) => {
  const report = explore("engine-large", name, {
    strategy: "random",
    preemptions: 2,
    seed: 1,
    executions: EXECUTIONS,
  });
  expect(report.found?.message).toBeUndefined();
  expect(report.executions).toBeGreaterThan(0.6 * EXECUTIONS);
});

it("has races", () => {
  expect(small.length).toBeGreaterThan(4);
  expect(large.length).toBeGreaterThan(0);
});
