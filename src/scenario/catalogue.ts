/** The scenarios that come with the package: each file of `catalogue/` exports one. */
import { readdir } from "node:fs/promises";
import { UsageError } from "../errors.js";
import { didYouMean } from "../text/nearest.js";
import { shown } from "../text/words.js";
import type { Scenario } from "./scenario.js";

/** All scenarios, by name. */
export async function loadScenarios(): Promise<Scenario[]> {
  const folder = new URL("./catalogue/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".js")).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.flatMap((module) => Object.values(module as Record<string, Scenario>));
}

/**
 * The scenarios with the given names. Throws UsageError for an unknown name. `variants` are names of variants, for a
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
    const folder = /[\\/]/.test(name) ? "use --variant for your own folder; " : "";
    throw new UsageError(
      `there is no scenario "${shown(name)}"`,
      `${folder || didYouMean(name, known)}\`rmap scenarios\` lists all`,
    );
  });
}
