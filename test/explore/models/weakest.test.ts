/** One search for lkmm, alpha and pairwise: the rows of a race and a protocol share it only when nothing is to be found. */
import { beforeAll, describe, expect, test } from "vitest";
import { compileInThread } from "../../../dist/build/index.js";
import { Families } from "../../../dist/explore/families.js";
import type { ModelName } from "../../../dist/explore/models.js";
import { exploreRow, type RowReport } from "../../../dist/explore/row.js";
import { ExploreSuite } from "../../../dist/explore/suite.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import type { Scenario } from "../../../dist/scenario/race.js";
import { loadVariant, MAINLINE } from "../../../dist/scenario/variant.js";
import { VIEW_MODELS } from "../../../dist/views/rules.js";
import { CACHE, modelEngine, monitorModule, SEED } from "../modules.js";

const monitor = monitorModule();
let scenarios: readonly Scenario[] = [];

beforeAll(async () => {
  scenarios = await loadScenarios();
});

function raceNamed(name: string): Scenario {
  const found = scenarios.find((race) => race.name === name);
  if (found === undefined) throw new Error(`there is no race ${name}`);
  return found;
}

const REPORT = { complete: true, executions: 7 } as RowReport;

describe("families of rows", () => {
  const row = (scenario: string, model: ModelName, variant = "v") => ({ scenario, variant, model });
  const rows = [row("a", "sc"), row("a", "lkmm"), row("b", "lkmm"), row("a", "alpha"), row("a", "pairwise")];

  test("one search answers for the rows of a race and a protocol, and no other", async () => {
    const families = new Families(rows, () => true);
    expect(families.groups).toEqual([[rows[0]], [rows[1], rows[3], rows[4]], [rows[2]]]);
    let searches = 0;
    const search = async () => {
      searches++;
      return REPORT;
    };
    const answers = [];
    for (const one of rows) answers.push(await families.answer(one, search));
    expect(answers.map((answer) => answer?.isFirst)).toEqual([undefined, true, undefined, false, false]);
    expect(searches).toBe(1);
  });

  test("a search that finds something answers for none of them", async () => {
    const families = new Families(rows, () => true);
    let searches = 0;
    for (const one of rows)
      expect(
        await families.answer(one, async () => {
          searches++;
          return { ...REPORT, complete: false };
        }),
      ).toBeUndefined();
    expect(searches).toBe(1);
  });

  test("rows that may not belong, other protocols, and a row alone are explored by themselves", async () => {
    const fail = () => Promise.reject(new Error("searched"));
    const others = new Families([row("a", "lkmm"), row("a", "alpha", "w")], () => true);
    expect(others.groups).toHaveLength(2);
    const none = new Families(rows, () => false);
    expect(none.groups).toHaveLength(5);
    for (const one of rows) expect(await none.answer(one, fail)).toBeUndefined();
  });
});

describe("rows on the engine", () => {
  const settings = { strategy: "bounded", preemptions: 1, stale: 1, seed: SEED } as const;

  test("a clean row has the states of each model; a bug makes the search incomplete, and is not told", async () => {
    const scenario = raceNamed("fresh-neighbour");
    const task = { scenario, module: modelEngine(), monitor };
    const joint = exploreRow({ ...task, settings: { ...settings, model: "lkmm", weakest: true } });
    expect(joint).toMatchObject({ complete: true, found: undefined });
    for (const model of VIEW_MODELS) {
      const own = exploreRow({ ...task, settings: { ...settings, model } });
      expect(own).toMatchObject({ complete: true, found: undefined });
      expect(own.executions).toBeLessThanOrEqual(joint.executions);
      expect(own.states).toBeLessThanOrEqual(joint.states);
    }
    const { layers } = await loadVariant("2008-link-first");
    const { wasm } = await compileInThread({ target: "model", overlays: [layers] }, { cache: CACHE });
    const module = await WebAssembly.compile(new Uint8Array(wasm));
    const found = exploreRow({
      ...{ scenario: raceNamed("store-order"), module, monitor },
      settings: { ...settings, model: "lkmm", weakest: true },
    });
    expect(found).toMatchObject({ complete: false, found: undefined });
  });

  test("rows that share a search say so, and have its numbers; a row that expects a bug does not share", async () => {
    const scenario = raceNamed("fresh-neighbour");
    const rows = (expected: "clean" | "bug") =>
      VIEW_MODELS.map((model) => ({
        ...{ scenario, variant: MAINLINE, model },
        verdict: { expected: "clean" as const, models: { pairwise: expected }, why: "" },
      }));
    const run = (of: ReturnType<typeof rows>) => new ExploreSuite(of, settings, 2).run();
    const shared = await run(rows("clean"));
    expect(shared.map(({ model, answeredBy }) => [model, answeredBy])).toEqual(
      VIEW_MODELS.map((model) => [model, "weakest"]),
    );
    expect(shared.every(({ asExpected, complete }) => asExpected && complete)).toBe(true);
    expect(shared.slice(1).every(({ seconds }) => seconds === 0)).toBe(true);
    const own = await run(rows("bug").slice(0, 2));
    expect(own.map(({ answeredBy, complete }) => [answeredBy, complete])).toEqual([
      [undefined, true],
      [undefined, true],
    ]);
  });
});
