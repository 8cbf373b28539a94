/**
 * Executions that go on in the middle, from a mark that the one before has left: they show exactly what executions from the
 * beginning show. Then the mistakes of a mark: each must change the result.
 */

import { beforeAll, describe, expect, test } from "vitest";
import { BoundedStrategy, type Runner, spanNet } from "../../dist/explore/index.js";
import { ENGINE_MODELS, type ModelName } from "../../dist/explore/models.js";
import { boundsOf, runnerOf } from "../../dist/explore/row.js";
import { loadScenarios } from "../../dist/scenario/catalogue.js";
import type { Scenario } from "../../dist/scenario/race.js";
import { count, sample } from "../support/sample.js";
import { modelEngine, monitorModule } from "./modules.js";

const module = modelEngine();
const monitor = monitorModule();
let scenarios: readonly Scenario[] = [];

beforeAll(async () => {
  scenarios = await loadScenarios();
});

/** Races whose small form has switches, waits, retries, objects that come and go, and swap. */
const RACES = ["first-fault", "store-order", "pin-outlives", "fresh-anon-vma", "swap-aba", "drop-reclaim"];
const EXECUTIONS = count(200, 6000);

/** Runs a race, and tells each execution: its answers, and a hash of the memory at its end; and then all results. */
function tell(
  name: string,
  model: ModelName,
  fromStart: boolean,
  spoil: (runner: Runner) => void = () => {},
  part?: { readonly index: number; readonly of: number },
) {
  const scenario = scenarios.find((race) => race.name === name);
  if (scenario === undefined) throw new Error(`there is no race ${name}`);
  const runner = runnerOf({ scenario, module, monitor }, false, model);
  const net = spanNet(runner.machine, module);
  runner.net = net;
  spoil(runner);
  const bounds = boundsOf({ strategy: "bounded", model, preemptions: 2, seed: 1 });
  const told: string[] = [];
  const { seconds: _, ...result } = runner.explore(() => new BoundedStrategy(bounds, part), {
    executions: EXECUTIONS,
    maxSteps: 3000,
    fromStart,
    onExecution: ({ decisions, choices }) => {
      told.push(`${decisions.join("")} ${choices.join("")} ${runner.machine.monitor.stateHash()}`);
      return undefined;
    },
  });
  return {
    told,
    result,
    races: net.races(),
    words: runner.machine.monitor.contendedHash,
    states: runner.judged.size,
  };
}

const rows = RACES.flatMap((name) => ENGINE_MODELS.map((model) => ({ name, model })));

describe.each(sample(rows, 6, "test/explore/marks"))("$name in $model", ({ name, model }) => {
  test("shows the same from marks as from the beginning", () => {
    const whole = tell(name, model, true);
    expect(whole.told.length).toBeGreaterThan(40);
    expect(tell(name, model, false)).toEqual(whole);
  });
});

test("a part of a search shows the same from marks as from the beginning", () => {
  const part = { index: 1, of: 3 };
  const whole = tell("first-fault", "sc", true, undefined, part);
  expect(tell("first-fault", "sc", false, undefined, part)).toEqual(whole);
});

test("goes on in the middle: most steps are not made again", () => {
  const steps = (fromStart: boolean): number => {
    let made = 0;
    tell("first-fault", "sc", fromStart, ({ machine }) => {
      const { observer } = machine;
      const counted = (...access: Parameters<NonNullable<typeof observer>>) => {
        made++;
        observer?.(...access);
      };
      machine.observer = counted;
    });
    return made;
  };
  // Somebody else looks on, so that nothing is left out.
  expect(steps(false)).toBe(steps(true));
  let resumed = 0;
  tell("first-fault", "sc", false, ({ machine }) => {
    const { back } = machine;
    machine.back = (number) => {
      resumed++;
      back.call(machine, number);
    };
  });
  expect(resumed).toBeGreaterThan(EXECUTIONS / 2);
});

describe("a mistake is seen:", () => {
  test.each<[string, string, ModelName, (runner: Runner) => void]>([
    [
      "memory that is not brought back",
      "first-fault",
      "sc",
      ({ machine }) => {
        const { view } = machine;
        const back = machine.monitor.back.bind(machine.monitor);
        machine.monitor.back = (number) => {
          const words = Array.from({ length: machine.end >>> 2 }, (_, i) => view.u32(i * 4));
          back(number);
          // One changed word keeps what it had.
          const at = words.findLastIndex((value, i) => view.u32(i * 4) !== value);
          if (at >= 0) view.setU32(at * 4, words[at] as number);
        };
      },
    ],
    [
      "a stack that is not kept",
      "first-fault",
      "sc",
      ({ machine }) => {
        const { mark } = machine.monitor;
        machine.monitor.keep = () => {};
        machine.monitor.mark = () => mark.call(machine.monitor, 0);
      },
    ],
    [
      "who touched a word, before the net",
      "first-fault",
      "sc",
      ({ net }) => {
        if (net) net.back = () => {};
      },
    ],
    [
      "old values that are not brought back",
      "first-fault",
      "lkmm",
      ({ machine }) => {
        machine.model.back = () => machine.model.settle();
      },
    ],
    [
      "waiting stores that are not brought back",
      "pin-outlives",
      "pso",
      ({ machine }) => {
        machine.model.back = () => machine.model.restore();
      },
    ],
  ])("%s", (_what, name, model, spoil) => {
    expect(spoiled(name, model, spoil)).not.toEqual(tell(name, model, true));
  });
});

/** The same with a mistake; what it throws is a result too. */
function spoiled(name: string, model: ModelName, spoil: (runner: Runner) => void): unknown {
  try {
    return tell(name, model, false, spoil);
  } catch (error) {
    return String(error);
  }
}
