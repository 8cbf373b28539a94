/** How a report says to see its finding again. */

import { expect, it } from "vitest";
import type { CheckResult } from "../../dist/check/check.js";
import { SHAPES } from "../../dist/check/sequential.js";
import { formOfProgram, raceText } from "../../dist/check/told.js";
import { parseScript } from "../../dist/ops/script.js";
import { checkText } from "../../dist/report/check-text.js";

type Found = NonNullable<CheckResult["found"]>;

const FOUND: Found = {
  ...{ by: "exploration", invariant: "I5", message: "a rule is broken", race: "title x\ncpu\n  0 exit\n" },
  ...{ replay: null, places: [], known: null },
};

function report(found: Partial<Found>): string {
  const result: CheckResult = {
    ...{ folder: "./idea", seed: 7, changed: [], catalogue: null, executions: 0 },
    answers: {
      ...{ cases: 0, agree: 0, differences: [] },
      mainline: { programs: 0, differ: 0, differences: [] },
    },
    programs: { generated: 0, complete: 0, races: 0 },
    // TIME: nothing runs.
    seconds: 1,
    ...{ verdict: "finding", notExercised: [], mainline: [], found: { ...FOUND, ...found } },
  };
  return checkText(result, (_style, text) => text);
}

it.each([
  [{ replay: "0 1" }, 'rmap explore ./NAME.race --variant ./idea --replay "0 1"'],
  [{ replay: "0 1", model: "pso" }, 'rmap explore ./NAME.race --variant ./idea --model pso --replay "0 1"'],
  // A race on plain accesses has no string.
  [{ invariant: "RACE" }, "rmap explore ./NAME.race --variant ./idea"],
  [{ invariant: "RACE", model: "lkmm" }, "rmap explore ./NAME.race --variant ./idea --model lkmm"],
  [{ by: "stress", known: "drop-drop" }, "rmap stress drop-drop --variant ./idea"],
  [{ by: "programs", invariant: "HANG" }, "rmap stress ./NAME.race --variant ./idea"],
  [{ by: "programs" }, "rmap check ./idea --seed 7"],
  [{ by: "answers", invariant: "ANSWER", race: null }, "rmap check ./idea --seed 7"],
] satisfies [Partial<Found>, string][])("%j: again with %s", (found, command) => {
  expect(report(found).split("\n").at(-1)).toBe(`again: ${command}`);
});

it("does not say that a race shows what exploration of it did not", () => {
  expect(report({ by: "programs" })).toContain("exploration of the race does not");
  expect(report({ by: "programs" })).not.toContain("A race that shows it");
  expect(report({ by: "programs", replay: "0" })).toContain("A race that shows it");
});

it("writes a program's race with the machine that the program ran on", () => {
  const program = parseScript("0 mmap 0 1 rw private anon\n0 write 0 1");
  const text = (shape: 0 | 4 | 6) => raceText(formOfProgram(program, SHAPES[shape], shape !== 0), "I5", "");
  expect(text(0)).toMatch(/^boot +swap 32$/m);
  expect(text(4)).toMatch(/^boot +memory 24 swap 16 content full$/m);
  expect(text(6)).toMatch(/^boot +memory 14 swap 16 daemons both$/m);
});
