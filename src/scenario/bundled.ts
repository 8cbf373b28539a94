/** The package's races, without a file system: the build puts their texts into a module. */
import type { Scenario } from "./race.js";
import { parseRace } from "./race-file.js";

/** All races of the package, by name. */
export async function bundledScenarios(): Promise<Scenario[]> {
  const { races } = await import("../race-texts.js");
  return Object.entries(races).map(([name, text]) => parseRace(text, { file: `races/${name}.race`, name }));
}
