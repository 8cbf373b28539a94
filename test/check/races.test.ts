/** Made-up races: they follow the rules of races, and the engine is clean in them. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { compileInThread } from "../../dist/build/index.js";
import { Dice } from "../../dist/check/dice.js";
import { RaceSearch } from "../../dist/check/race-search.js";
import { makeRace, scenarioOf } from "../../dist/check/races.js";
import { Sequential } from "../../dist/check/sequential.js";
import { shrinkRace } from "../../dist/check/shrink-race.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { isProcessOperation, type Operation } from "../../dist/ops/operation.js";
import { cacheFolder } from "../../dist/platform/cache-folder.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import type { RaceForm } from "../../dist/scenario/race.js";
import { parseRace } from "../../dist/scenario/race-file.js";
import { printRace } from "../../dist/scenario/race-print.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { WHOLE } from "../support/sample.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
const again = `repeat with RMAP_SEED=${SEED} npx vitest run test/check`;
const build = async (name: string) =>
  WebAssembly.compile(readFileSync(new URL(`../../dist/engine.${name}.wasm`, import.meta.url)));

/** The races of a seed. */
async function races(count: number): Promise<RaceForm[]> {
  const search = new Sequential(await build("checked"), SEED);
  const [machine] = search.machines;
  if (machine === undefined) throw new Error("there is no machine");
  return Array.from({ length: count }, (_, i) => makeRace(Dice.ofProgram(SEED, i), search)).filter(
    (form) => form !== undefined,
  );
}

it("end a process on one CPU only, make it once, and read back as they were", async () => {
  const forms = await races(400);
  expect(forms.length, again).toBeGreaterThan(200);
  for (const form of forms) {
    const text = printRace(scenarioOf(form, "made up"));
    expect(form.cpus.length).toBeGreaterThanOrEqual(2);
    const users = (process: number) =>
      form.cpus.filter((text) => text.some((one) => isProcessOperation(one) && one.process === process));
    const made = [form.setup, ...form.cpus]
      .flat()
      .filter((one): one is Operation & { kind: "fork" } => one.kind === "fork");
    expect(new Set(made.map(({ child }) => child)).size, `${text}${again}`).toBe(made.length);
    for (const one of form.cpus.flat())
      if (one.kind === "exit") expect(users(one.process).length, `${text}${again}`).toBe(1);
    for (const [cpu, own] of form.cpus.entries()) {
      const pins = (cpu === 0 ? [...form.setup, ...own] : own).flatMap(({ kind }) =>
        kind === "hold" || kind === "release" ? [kind] : [],
      );
      // A pin that nobody remembers any more would stay: at the end a frame would remain.
      expect(pins.join(" "), `${text}${again}`).not.toMatch(/hold hold/);
    }
    const read = parseRace(text, { file: "x.race", name: "made-up" }).stress;
    expect(printRace(scenarioOf(read, "made up")), again).toBe(text);
  }
});

it("show nothing in the engine as it is", async () => {
  const checked = new Sequential(await build("checked"), SEED);
  const [machine] = checked.machines;
  if (machine === undefined) throw new Error("there is no machine");
  // The same races each time: a race that nobody has tried before may well find something.
  const modules = { module: await build("model"), monitor: await loadMonitor() };
  const search = new RaceSearch(modules, checked, 11);
  while (search.races < 4) {
    const wrong = search.next(() => {});
    expect(wrong && `${printRace(scenarioOf(wrong.form, "x"))}${wrong.all[0]?.message}`).toBeUndefined();
  }
  expect(search.executions).toBeGreaterThan(4);
});

it.runIf(WHOLE)("are explored in weak memory models, if you name any", async () => {
  const { layers } = await loadVariant("2008-link-first");
  const { wasm } = await compileInThread({ target: "model", overlays: [layers] }, { cache: cacheFolder() });
  const checked = new Sequential(await build("checked"), SEED);
  const scenario = (await loadScenarios()).find(({ name }) => name === "store-order");
  if (scenario?.explore === undefined) throw new Error("there is no race");
  const module = await WebAssembly.compile(new Uint8Array(wasm));
  const search = new RaceSearch({ module, monitor: await loadMonitor() }, checked, 11);
  const explore = () => search.explore(scenario.explore as RaceForm, 1, () => {}, { two: 0, scenario });
  search.models = ["pso"];
  expect(explore().found).toMatchObject({ invariant: "I1", model: "pso" });
});

it("shrink to what is needed", () => {
  const write = (page: number): Operation => ({ kind: "write", process: 0, page, value: 1n });
  const form: RaceForm = {
    ...{ boot: {}, repeat: 1, setup: Array.from({ length: 9 }, (_, page) => write(page)) },
    cpus: [[write(20), write(21)], [write(22)], [write(23), write(24)]],
    finish: [{ kind: "check" }],
  };
  const has = (operations: readonly Operation[], page: number) =>
    operations.some((one) => one.kind === "write" && one.page === page);
  const small = shrinkRace(
    form,
    ({ setup, cpus }) => has(setup, 4) && has(cpus.flat(), 21) && has(cpus.flat(), 23),
  );
  expect(small).toEqual({ ...form, setup: [write(4)], cpus: [[write(21)], [write(23)]], finish: [] });
});
