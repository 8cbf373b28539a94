/** The races that a command line names: those of the package by name, and a user's own by path. */
import { UsageError } from "../errors.js";
import { MOST_RACE_BYTES, pickScenarios, RACE, raceName } from "../scenario/catalogue.js";
import type { Scenario } from "../scenario/race.js";
import { parseRace } from "../scenario/race-file.js";
import { inputName, readText, STDIN } from "./input.js";

/**
 * The races with the given names, or in the given files: anything that ends with `.race`, and `-` for stdin. Throws
 * UsageError for an unknown name, and for two races of one name; RmapError with exit code 5 for a file that is not
 * readable or no race. `variants` are names of variants, for a better hint.
 */
export async function chooseRaces(
  all: readonly Scenario[],
  names: readonly string[],
  variants: readonly string[],
): Promise<Scenario[]> {
  const chosen: Scenario[] = [];
  for (const name of names) {
    const isFile = name === STDIN || name.endsWith(RACE);
    const races = isFile ? [await raceIn(name)] : pickScenarios(all, [name], variants);
    const twice = races.find((race) => chosen.some((other) => other.name === race.name));
    if (twice !== undefined) throw new UsageError(`${twice.name} is named twice`, "name each race once");
    chosen.push(...races);
  }
  return chosen;
}

async function raceIn(path: string): Promise<Scenario> {
  const text = await readText(path, MOST_RACE_BYTES);
  return parseRace(text, { file: inputName(path), name: path === STDIN ? "stdin" : raceName(path) });
}
