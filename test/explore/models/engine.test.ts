/** Weak memory models on the engine: what each finds in protocols of history, and that mainline is clean in all. */

import { beforeAll, describe, expect, test } from "vitest";
import { compileInThread } from "../../../dist/build/index.js";
import { Machine } from "../../../dist/explore/machine.js";
import type { ModelFactory } from "../../../dist/explore/model.js";
import type { ModelName } from "../../../dist/explore/models.js";
import { RaceProgram, sizeOf } from "../../../dist/explore/race-program.js";
import { learnWords, replay } from "../../../dist/explore/replay.js";
import { exploreRow, type RowReport, runnerOf } from "../../../dist/explore/row.js";
import { Runner } from "../../../dist/explore/run.js";
import { BoundedStrategy } from "../../../dist/explore/strategy/bounded.js";
import { RandomStrategy } from "../../../dist/explore/strategy/random.js";
import { parseTurns } from "../../../dist/explore/turns.js";
import { lkmm } from "../../../dist/explore/weak.js";
import { loadScenarios } from "../../../dist/scenario/catalogue.js";
import type { Scenario } from "../../../dist/scenario/race.js";
import { loadVariant } from "../../../dist/scenario/variant.js";
import { sample, WHOLE } from "../../support/sample.js";
import { CACHE, modelEngine, monitorModule, SEED } from "../modules.js";

const FILE = "test/explore/models/engine";

const monitor = monitorModule();
const mainline = modelEngine();
let scenarios: readonly Scenario[] = [];
let linkFirst = mainline;
let tornStore = mainline;
let fullBarrier = mainline;

async function variantModule(name: string): Promise<WebAssembly.Module> {
  const { layers } = await loadVariant(name);
  const { wasm } = await compileInThread({ target: "model", overlays: [layers] }, { cache: CACHE });
  return WebAssembly.compile(new Uint8Array(wasm));
}

beforeAll(async () => {
  scenarios = await loadScenarios();
  [linkFirst, tornStore, fullBarrier] = await Promise.all([
    variantModule("2008-link-first"),
    variantModule("2015-torn-store"),
    variantModule("2008-link-mb"),
  ]);
});

function raceNamed(name: string): Scenario {
  const scenario = scenarios.find((race) => race.name === name);
  if (scenario === undefined) throw new Error(`there is no race ${name}`);
  return scenario;
}

/** The race in the protocol that links first, under SPARC's order: it is the same one each time. */
let seenUnderPso: RowReport | undefined;
function linkFirstUnderPso(): RowReport {
  seenUnderPso ??= rowOf("store-order", "pso", linkFirst);
  return seenUnderPso;
}

/** A row at so many preemptions and stale reads; or one schedule of it. */
function rowOf(
  name: string,
  model: ModelName,
  module = mainline,
  more: { readonly preemptions?: number; readonly stale?: number; readonly replay?: string } = {},
): RowReport {
  const settings = { strategy: "bounded", preemptions: 1, stale: 1, seed: SEED, model, ...more } as const;
  return exploreRow({ scenario: raceNamed(name), module, monitor, settings });
}

describe("an anon_vma that is linked, then published, without a barrier", () => {
  test.each(["sc", "tso"] as const)("is clean and complete under %s", (model) => {
    expect(rowOf("store-order", model, linkFirst)).toMatchObject({ complete: true, found: undefined });
  });

  test("is seen half made under pso; without stale reads it is not", () => {
    const { found } = linkFirstUnderPso();
    expect(found).toMatchObject({ invariant: "I1", model: "pso" });
    const none = rowOf("store-order", "pso", linkFirst, { stale: 0 });
    expect(none).toMatchObject({ complete: true, found: undefined });
  });

  test.each(sample(["lkmm", "alpha", "pairwise"] as const, 1, FILE))(
    "is seen half made under %s",
    (model) => {
      const { found } = rowOf("store-order", model, linkFirst);
      // SPARC's order is enough for it.
      expect(found).toMatchObject({ invariant: "I1", model: "pso" });
      expect(found?.events.some(({ stale }) => stale)).toBe(true);
      expect(rowOf("store-order", model, linkFirst, { stale: 0 })).toMatchObject({
        ...{ complete: true, found: undefined },
      });
    },
  );

  test("has a story with the read that saw an old value, and a string that shows it again on a new machine", () => {
    const { found } = linkFirstUnderPso();
    const stale = found?.events.filter((event) => event.stale) ?? [];
    expect(stale).toHaveLength(1);
    expect(stale[0]).toMatchObject({ cpu: 2, function: "walkList" });
    expect(stale[0]?.text).toBe("reads anon_vma A's last: none, although CPU 0 has stored VMA A");
    expect(found?.conclusion).toMatch(/although CPU 0 has stored VMA A: nothing orders the two$/);
    expect(found?.replay).toMatch(/^0@\S+ 1 2 2~rmap\/walk\/walkList\S*:\d+=1$/);
    const again = rowOf("store-order", "pso", linkFirst, { replay: found?.replay ?? "" });
    expect(again.found).toMatchObject({ invariant: "I1", replay: found?.replay, events: found?.events });
  });

  test.runIf(WHOLE)("is not shown by the same string in a stronger model", () => {
    const replay = linkFirstUnderPso().found?.replay ?? "";
    expect(rowOf("store-order", "tso", linkFirst, { replay }).found).toBeUndefined();
  });

  test.runIf(WHOLE)("is found by random schedules too", () => {
    const scenario = raceNamed("store-order");
    const settings = { strategy: "random", preemptions: 2, seed: SEED, model: "pso" } as const;
    const { found } = exploreRow({ scenario, module: linkFirst, monitor, settings });
    expect(found?.replay).toMatch(/~/);
  });
});

describe("behind a full barrier on the CPU that makes it, an anon_vma", () => {
  /** The race on a machine with full dependencies, or with none. */
  function runnerWith(model: ModelFactory): Runner {
    const scenario = raceNamed("page-array");
    const form = scenario.explore ?? scenario.stress;
    const machine = new Machine({ module: fullBarrier, monitor, model, ...sizeOf(form) });
    return new Runner(machine, new RaceProgram(form));
  }
  const independent: ModelFactory = (view, choose, cpus) => lkmm(view, choose, cpus);
  /** A machine that skips every barrier. */
  const unfenced: ModelFactory = (...given) => Object.assign(lkmm(...given), { fence: () => {} });

  test("is whole for whoever reads through its address, and half made where that orders nothing", () => {
    const found = (model: ModelFactory) => {
      const make = () => new BoundedStrategy({ preemptions: 1, stale: 1, together: 2 });
      return runnerWith(model).explore(make).finding?.invariant;
    };
    expect(found(lkmm)).toBeUndefined();
    expect(found(independent)).toBe("I1");
    expect(found(unfenced)).toBe("I1");
  });

  test("is whole for whoever gets the address from a CPU that stored what it had read", () => {
    // The second CPU has its last full barrier before the first one has its own. So only the data orders its store.
    const schedule =
      "0@rmap/prepare/anonVmaPrepare#1:1 1@mm/fault_anon/doAnonymousPage#7:1 0 " +
      "2~rmap/walk/walkList<assembly/rmap/referenced/ReferencedOne>#3:1=1";
    const found = (model: ModelFactory) => {
      const runner = runnerWith(model);
      learnWords(runner, parseTurns(schedule));
      return replay(runner, parseTurns(schedule)).finding?.invariant;
    };
    expect(found(lkmm)).toBeUndefined();
    expect(found(independent)).toBe("I1");
  });
});

describe("an owner that is stored in two steps", () => {
  test.each(["sc", "pso"] as const)("is found under %s, with the story of sc", (model) => {
    const { found } = rowOf("torn-mapping", model, tornStore, { preemptions: 2 });
    expect(found).toMatchObject({ invariant: "I9", model: "sc" });
    expect(found?.replay).not.toMatch(/~/);
  });
});

describe("mainline holds", () => {
  const races = ["first-fault", "drop-drop", "drop-fork", "drop-free", "drop-mprotect", "drop-munmap"];
  const models = ["tso", "pso", "lkmm", "alpha", "pairwise"] as const;
  const rows = races.flatMap((race) => models.map((model) => [race, model] as const));
  test.each(sample(rows, 3, FILE))("%s under %s", (race, model) => {
    expect(rowOf(race, model)).toMatchObject({ complete: true, found: undefined, races: [] });
  });

  test("where a pin reads an entry without the lock, before the page's owner has come into sight", () => {
    const bounds = { preemptions: 2, stale: 2 };
    const row = rowOf("exposed-page", "pso", mainline, bounds);
    expect(row).toMatchObject({ complete: true, found: undefined, races: [] });
  });
});

describe("a weak model in which every choice is 0", () => {
  test.each(["tso", "pso", "lkmm", "alpha", "pairwise"] as const)(
    "comes to the states of sc: %s",
    (model) => {
      const statesOf = (name: ModelName) => {
        const runner = runnerOf(
          { scenario: raceNamed("publish-before-link"), module: mainline, monitor },
          false,
          name,
        );
        // What a state was judged to be is of no interest, and to judge it changes it.
        runner.judged.has = () => true;
        const random = new RandomStrategy(SEED, 200);
        const strong = { ...asStrategy(random), choose: () => 0 };
        const states: string[] = [];
        while (strong.begin()) {
          const { decisions } = runner.execute(strong);
          states.push(`${decisions.join("")} ${runner.machine.monitor.stateHash()}`);
        }
        return states;
      };
      expect(statesOf(model)).toEqual(statesOf("sc"));
    },
  );
});

test("a weak model hears of the read-modify-writes of words that nobody else touches: they order all the same", () => {
  const runner = runnerOf({ scenario: raceNamed("first-fault"), module: mainline, monitor }, false, "pso");
  const { model } = runner.machine;
  const heard = new Set<string>();
  const pass = model.pass?.bind(model);
  model.pass = (cpu, access) => {
    heard.add(access.hook.name);
    pass?.(cpu, access);
  };
  // No word is contended yet.
  runner.execute({ ...asStrategy(new RandomStrategy(SEED, 1)), choose: () => 0 });
  expect([...heard].sort()).toEqual(
    expect.arrayContaining(["add32.full", "lock32.acquire", "unlock32.release"]),
  );
});

function asStrategy(random: RandomStrategy) {
  return {
    ...{ name: random.name, exhaustive: false, share: undefined },
    begin: () => random.begin(),
    next: (...given: Parameters<RandomStrategy["next"]>) => random.next(...given),
  };
}
