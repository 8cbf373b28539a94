/** Mistakes by their names, as modules, and the meetings that see them. */

import { allMeetings } from "../../dist/check/meetings/meetings.js";
import { compileMutants } from "../../dist/check/mutants/compile.js";
import { allMutants } from "../../dist/check/mutants/suite.js";
import { SwitchBoard } from "../../dist/check/mutants/switch.js";
import type { Scenario } from "../../dist/scenario/race.js";

/** The model engine with each of these mutants, in their order. Throws where a name is no mutant's. */
export async function compileMistakes(names: readonly string[]): Promise<WebAssembly.Module[]> {
  const { mutants } = await allMutants();
  const numbered = names.map((name, at) => {
    const mutant = mutants.find((one) => one.name === name);
    if (mutant === undefined) throw new Error(`there is no mutant ${name}`);
    return { mutant, number: at + 1 };
  });
  const { batches } = await compileMutants(numbered, "model");
  const modules: WebAssembly.Module[] = [];
  for (const { wasm, mutants: own } of batches) {
    const board = new SwitchBoard(wasm);
    for (const { number } of own) modules[number - 1] = board.module(number, () => false);
  }
  return modules;
}

/** A meeting by its name. Throws where there is none. */
export function meetingOf(name: string): Scenario {
  const found = allMeetings().find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no meeting ${name}`);
  return found;
}
