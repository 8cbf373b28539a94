/** The memory models that a command line names. */
import { UsageError } from "../errors.js";
import { ENGINE_MODELS, type ModelName } from "../explore/models.js";
import { didYouMean } from "../text/nearest.js";
import { shown } from "../text/words.js";

/** The models of a list, the strongest first. Throws UsageError for one that there is not. */
export function modelsNamed(given: unknown = "sc"): readonly ModelName[] {
  const names = String(given).split(",");
  if (names.includes("all") && names.length === 1) return ENGINE_MODELS;
  for (const name of names) {
    if (ENGINE_MODELS.some((model) => model === name)) continue;
    throw new UsageError(
      `there is no memory model "${shown(name)}"`,
      `${didYouMean(name, [...ENGINE_MODELS, "all"])}models are ${ENGINE_MODELS.join(", ")}, and all for each of them`,
    );
  }
  return ENGINE_MODELS.filter((model) => names.includes(model));
}
