/** The scenarios that come with the package: each file of `catalogue/` exports one. */
import { readdir } from "node:fs/promises";
import { nearest } from "../build/nearest.js";
import { UsageError } from "../errors.js";
import type { Scenario } from "./scenario.js";

/** All scenarios, by name. */
export async function loadScenarios(): Promise<Scenario[]> {
  const folder = new URL("./catalogue/", import.meta.url);
  const files = (await readdir(folder)).filter((file) => file.endsWith(".js")).sort();
  const modules = await Promise.all(files.map((file) => import(new URL(file, folder).href)));
  return modules.flatMap((module) => Object.values(module as Record<string, Scenario>));
}

/** The scenarios of some names. Throws UsageError for one that there is not. */
export function pickScenarios(all: readonly Scenario[], names: readonly string[]): Scenario[] {
  const known = all.map(({ name }) => name);
  return names.map((name) => {
    const found = all.find((scenario) => scenario.name === name);
    if (found) return found;
    const near = nearest(name, known).map((candidate) => `"${candidate}"`);
    throw new UsageError(
      `there is no scenario "${name}"`,
      `did you mean ${near.join(" or ")}? \`rmap scenarios\` lists all`,
    );
  });
}
