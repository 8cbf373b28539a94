/** How a command line names a race in a variant. */
import { isOfPackage } from "./catalogue.js";
import type { Scenario } from "./race.js";
import { MAINLINE, type Variant } from "./variant.js";

/** `first-fault --variant 2008-original`; a user's own race and folder by their paths. */
export function rowArguments(scenario: Scenario, variant: Variant): string {
  const named = variant.foreign ? variant.folder : variant.name;
  const option = variant === MAINLINE ? "" : ` --variant ${named}`;
  const race = isOfPackage(scenario) || variant.races.includes(scenario) ? scenario.name : scenario.file;
  return `${race}${option}`;
}
