/** Writes what was found as a race that a person would have written. */

import type { Operation } from "../ops/operation.js";
import type { RaceBoot, RaceForm } from "../scenario/race.js";
import { printRace } from "../scenario/race-print.js";
import type { MachineShape } from "./checked-machine.js";
import { scenarioOf } from "./races.js";

/** Operations that only look. */
const LOOKS: ReadonlySet<string> = new Set(["read", "expect", "release"]);

/**
 * A program of one operation after the other as a race of one CPU: its setup, the operation that matters, and what must
 * be true then. With operations on a second CPU it is a race of two, of which one order shows the finding.
 */
export function formOfProgram(
  operations: readonly Operation[],
  { swap, frames, content, daemons }: MachineShape,
  tight: boolean,
): RaceForm {
  const boot: RaceBoot = {
    ...(tight && { memory: frames }),
    swap,
    ...(content !== undefined && { content }),
    ...(daemons && { daemons: "both" }),
  };
  const moved = operations.findIndex(({ kind }) => kind === "cpu");
  if (moved >= 0)
    return {
      boot,
      repeat: 1,
      setup: operations.slice(0, moved),
      cpus: split(operations.slice(moved)),
      finish: [],
    };
  let last = operations.length - 1;
  while (last > 0 && LOOKS.has(operations[last]?.kind ?? "")) last--;
  const [setup, act, finish] = [
    operations.slice(0, last),
    operations.slice(last, last + 1),
    operations.slice(last + 1),
  ];
  return { boot, repeat: 1, setup, cpus: [act], finish };
}

/** Operations by the CPU that makes them. */
function split(operations: readonly Operation[]): Operation[][] {
  const cpus: Operation[][] = [[], []];
  const of = new Map<number, number>();
  for (const operation of operations) {
    if (operation.kind === "cpu") of.set(operation.process, operation.cpu);
    else cpus["process" in operation ? (of.get(operation.process) ?? 0) : 0]?.push(operation);
  }
  return cpus.filter((text) => text.length > 0);
}

/** The text of a race file for a finding. `story` says what goes wrong. */
export function raceText(form: RaceForm, invariant: string, story: string): string {
  const watch = /^I\d+$/.test(invariant) ? [invariant] : [];
  const { explore: _, ...scenario } = { ...scenarioOf(form, `What breaks ${invariant}`, story), watch };
  return printRace(scenario);
}
