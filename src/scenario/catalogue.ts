/** The races that come with the package, and those in a user's folder: each `.race` file has one. */
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { packageRoot } from "../build/engine.js";
import { InputError, UsageError, unreadable } from "../errors.js";
import { NoPlainFile, readPlainFile } from "../platform/plain-file.js";
import { didYouMean } from "../text/nearest.js";
import { shown } from "../text/words.js";
import type { Scenario } from "./race.js";
import { parseRace } from "./race-file.js";

/** The end of the name of a race's file. */
export const RACE = ".race";
/** The most bytes of a race's file. */
export const MOST_RACE_BYTES = 2 ** 24;

/** The folder of the package's own races. */
const FOLDER = join(packageRoot(), "races");

/** All races of the package, by name. */
export async function loadScenarios(): Promise<Scenario[]> {
  return racesIn(FOLDER);
}

/** True for a race of the package. */
export function isOfPackage({ file }: Scenario): boolean {
  return dirname(file) === FOLDER;
}

/**
 * The races that lie in a folder, by name; none where it is not readable. Throws InputError for a file that is no race,
 * or no plain file.
 */
export async function racesIn(folder: string): Promise<Scenario[]> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(RACE)).sort();
  return Promise.all(files.map((file) => raceFile(join(folder, file))));
}

async function raceFile(file: string): Promise<Scenario> {
  try {
    const bytes = await readPlainFile(file, MOST_RACE_BYTES, false);
    return parseRace(new TextDecoder().decode(bytes), { file, name: raceName(file) });
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (!(error instanceof NoPlainFile)) throw unreadable(shown(file), error);
    const place = { file: shown(file), line: 1, column: 1 };
    throw new InputError(place, error.message, "A race is a plain file: copy it into the folder.");
  }
}

/** The name of a race: that of its file. */
export function raceName(file: string): string {
  return basename(file, RACE);
}

/**
 * The races with the given names. Throws UsageError for an unknown name. `variants` are names of variants, for a
 * better hint.
 */
export function pickScenarios(
  all: readonly Scenario[],
  names: readonly string[],
  variants: readonly string[] = [],
): Scenario[] {
  const known = all.map(({ name }) => name);
  return names.map((name) => {
    const found = all.find((scenario) => scenario.name === name);
    if (found) return found;
    if (variants.includes(name)) {
      throw new UsageError(
        `${name} is a variant, not a scenario`,
        `see \`rmap variants ${name}\`, and run it with \`rmap stress --variant ${name}\``,
      );
    }
    const folder = /[\\/]/.test(name)
      ? `a race of your own ends with ${RACE}; use --variant for your own folder; `
      : "";
    throw new UsageError(
      `there is no scenario "${shown(name)}"`,
      `${folder || didYouMean(name, known)}\`rmap scenarios\` lists all`,
    );
  });
}
