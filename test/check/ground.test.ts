/** Machines on which one race runs after the other: what ran before leaves nothing behind. */

import { readFileSync } from "node:fs";
import { beforeAll, expect, it } from "vitest";
import { Ground } from "../../dist/check/ground.js";
import { allMeetings } from "../../dist/check/meetings/meetings.js";
import { loadMonitor } from "../../dist/explore/monitor.js";
import { racesIn, runnerOf } from "../../dist/explore/row.js";
import { RandomStrategy } from "../../dist/explore/strategy/random.js";
import { spanNet } from "../../dist/explore/watch.js";
import type { RaceForm } from "../../dist/scenario/race.js";
import { sample, WHOLE } from "../support/sample.js";
import { compileMistakes, meetingOf } from "./mistakes.js";

const SEED = Number(process.env["RMAP_SEED"] ?? 1 + Math.floor(Math.random() * 1e6));
const again = `repeat with RMAP_SEED=${SEED} npx vitest run test/check/ground`;
const EXECUTIONS = 12;
const FORMS = allMeetings()
  .map(({ explore }) => explore as RaceForm)
  .filter((form) => Ground.sizeOf(form) === Ground.sizeOf(meetingOf("forks and stores").explore as RaceForm));
let module: WebAssembly.Module;
let monitor: WebAssembly.Module;

beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(new URL("../../dist/engine.model.wasm", import.meta.url)));
  monitor = await loadMonitor();
});

/** What a race shows on the ground, in words that tell executions apart. */
function onGround(ground: Ground, form: RaceForm) {
  const { runner, finding, executions } = ground.run(
    form,
    [() => new RandomStrategy(SEED)],
    EXECUTIONS,
    () => {},
  );
  const { contended, contendedHash } = runner.machine.monitor;
  return { finding, executions, contended, contendedHash, states: [...runner.judged].sort() };
}

it("a race shows the same on a machine of its own, and behind others", () => {
  const ground = new Ground(module, monitor, FORMS[0] as RaceForm);
  expect(FORMS.length).toBeGreaterThan(10);
  const forms = sample(FORMS, 4, "test/check/ground");
  for (const form of [...forms, ...forms.toReversed()])
    expect(onGround(ground, form), again).toEqual(onGround(new Ground(module, monitor, form), form));
});

it("its machine is the one of a search", () => {
  const scenario = meetingOf("forks and stores");
  const form = scenario.explore as RaceForm;
  const ground = new Ground(module, monitor, form);
  for (const other of FORMS.slice(0, 4)) onGround(ground, other);
  const { finding, executions, contendedHash } = onGround(ground, form);
  const runner = runnerOf({ scenario, module, monitor });
  runner.net = spanNet(runner.machine, module);
  const result = runner.explore(() => new RandomStrategy(SEED), { executions: EXECUTIONS });
  expect({ finding, executions, contendedHash }, again).toEqual({
    finding: result.finding,
    executions: result.executions,
    contendedHash: runner.machine.monitor.contendedHash,
  });
});

it.runIf(WHOLE)("what is wrong with an engine shows behind races without it", async () => {
  const [wrong] = await compileMistakes(["rmap/map_page.ts:dupAnonRmap/plain/1"]);
  const ground = new Ground(wrong as WebAssembly.Module, monitor, FORMS[0] as RaceForm);
  const strategies = [() => new RandomStrategy(SEED)];
  const shown = FORMS.map((form) => {
    const { net, finding } = ground.run(form, strategies, EXECUTIONS, () => {});
    return finding === undefined ? racesIn(net).length : 1;
  });
  expect(
    shown.some((count) => count > 0),
    again,
  ).toBe(true);
  expect(
    shown.some((count) => count === 0),
    again,
  ).toBe(true);
});
