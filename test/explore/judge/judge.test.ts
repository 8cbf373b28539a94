/** Findings of weak memory models on the engine: the axioms judge them, and each is explained. */
import { beforeAll, describe, expect, it, test } from "vitest";
import { compileInThread } from "../../../dist/build/index.js";
import { graphOf } from "../../../dist/explore/judge/graph.js";
import { Recording } from "../../../dist/explore/judge/recording.js";
import { verdictOn } from "../../../dist/explore/judge/verdict.js";
import { Machine } from "../../../dist/explore/machine.js";
import type { ModelFactory } from "../../../dist/explore/model.js";
import { ENGINE_MODELS, factoryOf, type ModelName } from "../../../dist/explore/models.js";
import { objectsOf } from "../../../dist/explore/objects.js";
import { RaceProgram, sizeOf } from "../../../dist/explore/race-program.js";
import { exploreRow, type RowFinding, runnerOf, toldOf } from "../../../dist/explore/row.js";
import { Runner } from "../../../dist/explore/run.js";
import { BoundedStrategy } from "../../../dist/explore/strategy/bounded.js";
import { RandomStrategy } from "../../../dist/explore/strategy/random.js";
import type { AddedOrders } from "../../../dist/explore/weak-side.js";
import { decide } from "../../../dist/lkmm/decide.js";
import { parseLitmus } from "../../../dist/lkmm/parser.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import type { Scenario } from "../../../dist/scenario/race.js";
import { loadVariant } from "../../../dist/scenario/variant.js";
import { isNamed } from "../../../dist/scenario/verdict.js";
import { hookLines } from "../../../dist/wasm/plain.js";
import { PATIENCE } from "../../support/patience.js";
import { CACHE, modelEngine, monitorModule, SEED } from "../modules.js";

const monitor = monitorModule();
let race: Scenario;
let linkFirst: WebAssembly.Module;
const found = new Map<ModelName, RowFinding>();

beforeAll(async () => {
  const scenarios = await loadScenarios();
  race = scenarios.find(({ name }) => name === "store-order") as Scenario;
  const { layers } = await loadVariant("2008-link-first");
  const { wasm } = await compileInThread({ target: "model", overlays: [layers] }, { cache: CACHE });
  linkFirst = await WebAssembly.compile(new Uint8Array(wasm));
  for (const model of ["pso", "lkmm"] as const) {
    const settings = { strategy: "bounded", preemptions: 1, stale: 1, seed: SEED, model } as const;
    const report = exploreRow({ scenario: race, module: linkFirst, monitor, settings });
    if (report.found !== undefined) found.set(model, report.found);
  }
});

describe("an anon_vma that is seen before what was stored in it", () => {
  it.each(["pso", "lkmm"] as const)(
    "is found under %s, and the strongest model that shows it is pso",
    (model) => {
      expect(found.get(model)).toMatchObject({ invariant: "I1", model: "pso" });
    },
  );

  it("is allowed by the axioms of pso and of what is weaker, and by no stronger ones", () => {
    const { explanation } = found.get("pso") as RowFinding;
    expect(explanation?.forbiddenBy).toBeNull();
    expect(explanation?.events).toBeGreaterThan(60);
    expect(explanation?.allowedBy).toEqual(["pso", "lkmm", "alpha", "pairwise"]);
  });

  it("says at the read of the old value which order is missing", () => {
    const { events } = found.get("pso") as RowFinding;
    const [stale] = events.filter((event) => event.stale);
    expect(stale?.because).toMatch(
      /^CPU 0's store to anon_vma A's last \(\S+chain\.ts:\d+\) still waits when its store to VMA A's anonVma \(\S+prepare\.ts:\d+\) has landed: no write barrier or release/,
    );
  });

  it("is closed by a write barrier in pso, and in lkmm only together with a release where the pointer is handed on", () => {
    const closedBy = found.get("pso")?.explanation?.closedBy ?? [];
    const sets = (model: ModelName, size: number) =>
      closedBy
        .filter(({ models, orders }) => models.includes(model) && orders.length === size)
        .map(({ orders }) => orders.map((order) => order.replace(/ (before|at) .*/, "")).join(" + "));
    expect(sets("pso", 1)).toEqual(
      expect.arrayContaining(["a write barrier", "a release", "a full barrier"]),
    );
    expect(sets("lkmm", 1)).not.toContain("a write barrier");
    expect(sets("lkmm", 1)).toContain("a full barrier");
    expect(sets("lkmm", 2)).toContain("a write barrier + a release");
    expect(sets("alpha", 1)).not.toContain("a full barrier");
    expect(sets("alpha", 2)).toContain("a full barrier + a read barrier");
    const tried = closedBy.filter(({ executions }) => executions > 0);
    expect(tried.length).toBeGreaterThan(3);
  });

  it("is a litmus test that the models decide as they decide the execution", () => {
    const { explanation } = found.get("pso") as RowFinding;
    const parsed = parseLitmus(explanation?.litmus ?? "", "finding.litmus");
    expect(parsed.processes).toHaveLength(3);
    const allowed = ENGINE_MODELS.filter(
      (model) => decide(parsed, { model, states: false, timeout: PATIENCE }).verdict !== "Never",
    );
    expect(allowed).toEqual(explanation?.allowedBy);
  });
});

/** A model whose machine forgets every barrier. */
function forgetful(name: ModelName): ModelFactory {
  return (...given) => {
    const model = factoryOf(name)(...given);
    model.fence = () => {};
    return model;
  };
}

/** The line where the anon_vma's address is stored in the VMA, as a place of the module. */
function publishing(order: "write" | "full"): AddedOrders {
  const places = hookLines(linkFirst).flatMap(({ line }, place) =>
    /^2008-link-first\/rmap\/prepare\.ts:/.test(line) ? [place] : [],
  );
  return { marked: new Map(places.map((place) => [place, order])), plain: new Map() };
}

/** Explores with barriers in front of every marked access of that file. */
function explored(name: ModelName, factory: ModelFactory, order: "write" | "full") {
  const form = race.explore ?? race.stress;
  const machine = new Machine({ module: linkFirst, monitor, model: factory, ...sizeOf(form) });
  const runner = new Runner(machine, new RaceProgram(form));
  machine.weak.added = publishing(order);
  const bounds = { preemptions: 1, stale: 1, together: 2 };
  const { finding, complete } = runner.explore(() => new BoundedStrategy(bounds), { executions: 3000 });
  expect(machine.model.name).toBe(name);
  return { told: finding && toldOf(runner, finding, linkFirst), complete };
}

describe("a machine that forgets barriers which the program has", () => {
  test.each([
    ["pso", "write"],
    ["lkmm", "full"],
  ] as const)("is caught by the axioms under %s", (name, order) => {
    const { told } = explored(name, forgetful(name), order);
    expect(told).toMatchObject({ invariant: "MACHINE", code: "MACHINE" });
    expect(told?.explanation?.forbiddenBy).toMatch(/^(store-order|happens-before|propagation)$/);
    expect(told?.conclusion).toMatch(/^the axioms of (pso|lkmm) forbid this execution/);
    expect(told?.explanation?.litmus).toBe("");
  });

  test("is caught because it forgets them: the machine as it is finds nothing", () => {
    expect(explored("pso", factoryOf("pso"), "write")).toEqual({ told: undefined, complete: true });
  });

  test("is as expected nowhere, whatever a verdict names", () => {
    const mistake = { invariant: "MACHINE", code: "MACHINE" };
    expect(isNamed(mistake, undefined)).toBe(false);
    expect(isNamed(mistake, ["MACHINE", "I1"])).toBe(false);
  });
});

describe("what a machine shows at random, the axioms allow", () => {
  const mainline = modelEngine();
  test.each(["tso", "pso", "lkmm", "alpha", "pairwise"] as const)("under %s", (name) => {
    const runner = runnerOf({ scenario: race, module: mainline, monitor }, false, name);
    const { machine } = runner;
    const inner = new RandomStrategy(SEED, 30);
    let state = SEED;
    const random = (count: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return (state >>> 8) % count;
    };
    const strategy = {
      ...{ name: inner.name, exhaustive: false, share: undefined },
      begin: () => inner.begin(),
      next: (...given: Parameters<RandomStrategy["next"]>) => inner.next(...given),
      choose: (count: number) => (random(2) === 0 ? random(count) : 0),
    };
    let judged = 0;
    for (let known = -1; strategy.begin(); known = machine.monitor.contended) {
      const recording = new Recording(machine.cpus, machine.view.bytes, objectsOf(machine.control));
      machine.weak.recording = recording;
      machine.model.witness = recording;
      runner.execute(strategy);
      // An access to a word that was not contended yet, nobody has heard of.
      if (machine.monitor.contended !== known) continue;
      judged++;
      expect(verdictOn(graphOf(recording), name).axiom, `execution ${judged}, seed ${SEED}`).toBeUndefined();
    }
    expect(judged).toBeGreaterThan(10);
  });
});
