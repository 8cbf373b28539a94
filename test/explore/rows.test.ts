/**
 * Rows of `rmap explore` on the engine: what bounded search finds, reduction finds; and what is expected clean is
 * complete. Then the mistakes of a checker: each must change the result.
 */

import { beforeAll, describe, expect, test } from "vitest";
import { compileAll } from "../../dist/build/compile-all.js";
import {
  Access,
  BoundedStrategy,
  Counts,
  DporStrategy,
  Machine,
  Runner,
  type Scene,
} from "../../dist/explore/index.js";
import { sizeOf } from "../../dist/explore/race-program.js";
import { exploreRow, runnerOf } from "../../dist/explore/row.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { loadVariant } from "../../dist/scenario/variant.js";
import { sample } from "../support/sample.js";
import { CACHE, modelEngine, monitorModule } from "./modules.js";
import { faultsBesideLookUp, LOOK_UP } from "./programs.js";

const monitor = monitorModule();
let scenarios: readonly Scenario[] = [];
let original: WebAssembly.Module;

beforeAll(async () => {
  scenarios = await loadScenarios();
  const { layers } = await loadVariant("2008-original");
  const [engine] = compileAll([{ target: "model", overlays: [layers] }], { cache: CACHE });
  original = new WebAssembly.Module(new Uint8Array((await engine)?.wasm ?? []));
});

function runner(name: string, module = modelEngine(), marks = false): Runner {
  const scenario = scenarios.find((race) => race.name === name);
  if (scenario === undefined) throw new Error(`there is no race ${name}`);
  return runnerOf({ scenario, module, monitor }, marks);
}

/** Explores until nothing is left; gives the invariant that broke. */
function explore(of: Runner, dpor = false) {
  return of.explore(() => (dpor ? new DporStrategy(of.cpus) : new BoundedStrategy(2)));
}

describe.each(["fresh-is-not-fresh", "publish-before-link"])("%s", (name) => {
  test("in the first version of 2008 is found by bounded search", () => {
    expect(explore(runner(name, original)).finding?.kind).toBe("panic");
  });

  test("in the first version of 2008 is found by reduction", () => {
    expect(explore(runner(name, original, true), true).finding?.kind).toBe("panic");
  });

  test("in the first version of 2008 is found by a row with reduction", () => {
    const scenario = scenarios.find((race) => race.name === name);
    if (scenario === undefined) throw new Error(`there is no race ${name}`);
    const settings = { strategy: "dpor", preemptions: 2, seed: 1 } as const;
    const { found } = exploreRow({ scenario, module: original, monitor, settings });
    expect(found?.invariant).toMatch(/^I\d/);
  });
});

describe("two first faults and a look-up of one of the pages, every contended word an event", () => {
  const of = (module: WebAssembly.Module): Runner => {
    const machine = new Machine({ module, monitor, ...sizeOf(LOOK_UP) });
    return new Runner(machine, faultsBesideLookUp());
  };

  test("in the engine as it is are complete by reduction, and clean", () => {
    const { executions, repeated, ...result } = explore(of(modelEngine()), true);
    expect(result).toMatchObject({ complete: true, finding: undefined });
    console.log(`${executions} executions, and ${repeated} that knew too few contended words`);
    expect(executions).toBeGreaterThan(100);
    expect(executions).toBeLessThan(240);
  });

  test("are several times as many if whoever asks whether a page's count is 1 counts as one who reads it", () => {
    // The look-up takes and drops a reference while a batch of another CPU compares the count with one.
    class Telling extends Counts {
      override hookOf({ hook: { name, kind, bits, order } }: Access): Access["hook"] {
        return { name, kind, bits, order };
      }
    }
    const runner = of(modelEngine());
    const { executions, complete } = runner.explore(() => new DporStrategy(runner.cpus, new Telling()));
    console.log(`${executions} executions by the whole count`);
    expect(complete).toBe(true);
    expect(executions).toBeGreaterThan(700);
    expect(executions).toBeLessThan(1000);
  });

  test("in the first version of 2008 show a page whose anon_vma nobody linked", () => {
    expect(explore(of(original), true).finding?.invariant).toBe("I1");
  });
});

/** Clean in the engine as it is; `npm test` takes three. */
const CLEAN = [
  "boundary-move",
  "drop-drop",
  "ksm-exit",
  "mremap-order",
  "torn-mapping",
  "fresh-is-not-fresh",
];

describe.each(sample(CLEAN, 3, "test/explore/rows"))("%s", (name) => {
  test("in the engine as it is is complete and clean, bounded and reduced", () => {
    expect(explore(runner(name))).toMatchObject({ complete: true, finding: undefined });
    expect(explore(runner(name, undefined, true), true)).toMatchObject({
      complete: true,
      finding: undefined,
    });
  });
});

/** Reduction that sees no dependence: it takes every access for one of another word. */
class Blind extends DporStrategy {
  override next(scene: Scene, runnable: number, current: number): number {
    return super.next(blindfolded(scene), runnable, current);
  }

  override end(scene: Scene): void {
    super.end(blindfolded(scene));
  }
}

function blindfolded(scene: Scene): Scene {
  const pending = (cpu: number) => {
    const access = scene.pending(cpu);
    return (
      access && new Access().set(access.hook, access.place, 4096 * (cpu + 1), access.value, access.expected)
    );
  };
  return { cpus: scene.cpus, plain: [], looks: () => false, held: (cpu) => scene.held(cpu), pending };
}

describe("a checker with a mistake is caught:", () => {
  test("a reduction that sees no dependence calls the row clean, and bounded search contradicts it", () => {
    const scenario = scenarios.find((race) => race.name === "fresh-is-not-fresh");
    if (scenario === undefined) throw new Error("the race is gone");
    const settings = { strategy: "dpor", preemptions: 2, seed: 1 } as const;
    const task = { scenario, module: original, monitor, settings };
    const { found, complete } = exploreRow(task, undefined, undefined, (cpus) => new Blind(cpus));
    expect(complete).toBe(true);
    expect(found?.invariant).toBe("REDUCTION");
    expect(found?.message).toContain("reduction missed it");
  });

  test("a block that is left out of the restore leaves another memory behind", () => {
    const broken = runner("fresh-is-not-fresh");
    const { monitor: tables } = broken.machine;
    broken.execute(new BoundedStrategy(0));
    // As a restore would be that forgets one changed word.
    const at = broken.machine.control.cpuBase(0) + broken.machine.layout.struct("Cpu").offset("delaySeed");
    broken.machine.restore();
    expect(tables.restored).toBe(true);
    broken.machine.view.setU32(at, 77);
    broken.machine.restore();
    expect(tables.restored).toBe(false);
  });

  test("without the judge a broken final state goes unnoticed", () => {
    const judged = runner("short-chain");
    const skipped = runner("short-chain");
    for (const each of [judged, skipped]) {
      each.machine.checkAll = () => {
        throw new WebAssembly.RuntimeError("a broken final state");
      };
    }
    // A state that counts as judged is not judged.
    skipped.judged.has = () => true;
    expect(explore(judged).finding?.kind).toBe("trap");
    expect(explore(skipped).finding).toBeUndefined();
  });

  test("a plain access that nobody sees brings nothing back", () => {
    const blind = runner("fresh-is-not-fresh");
    const { machine } = blind;
    blind.execute(new BoundedStrategy(0));
    const cpu = machine.control.cpuBase(0) + machine.layout.struct("Cpu").offset("index");
    const after = machine.view.u32(cpu);
    machine.restore();
    // The index is a plain field: the restore has brought it back, because the monitor saw the store.
    expect(machine.view.u32(cpu)).not.toBe(after);
  });
});
