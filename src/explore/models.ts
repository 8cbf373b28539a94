/** The memory models of the engine by name. */

import type { ModelName } from "../lkmm/rules.js";
import type { ModelFactory } from "./model.js";
import { sc } from "./sc.js";
import { pso, tso } from "./store-buffer.js";
import { alpha, lkmm, pairwise, weakest } from "./weak.js";

export type { ModelName } from "../lkmm/rules.js";

/** The models, the strongest first. */
const MODELS: Readonly<Record<ModelName, ModelFactory>> = { sc, tso, pso, lkmm, alpha, pairwise };

/** By model: the models that are stronger, the strongest first. Neither of `alpha` and `pairwise` is the stronger one. */
const STRONGER: Readonly<Record<ModelName, readonly ModelName[]>> = {
  sc: [],
  tso: ["sc"],
  pso: ["sc", "tso"],
  lkmm: ["sc", "tso", "pso"],
  alpha: ["sc", "tso", "pso", "lkmm"],
  pairwise: ["sc", "tso", "pso", "lkmm"],
};

/** Their names, in that order. */
export const ENGINE_MODELS = Object.keys(MODELS) as readonly ModelName[];

/** What allows all that `lkmm`, `alpha` or `pairwise` allow, and more. No row is about it. */
export const WEAKEST = "weakest";

/** The models that are stronger than that, deviation by deviation: a search that finds nothing in it answers for all of them. */
export const ANSWERED: readonly ModelName[] = ["lkmm", "alpha", "pairwise"];

/** Makes a model. */
export function factoryOf(name: ModelName | typeof WEAKEST): ModelFactory {
  return name === WEAKEST ? weakest : MODELS[name];
}

/** Whether a model leaves something open. */
export function isWeak(name: ModelName): boolean {
  return name !== "sc";
}

/** The models that are stronger than another one, the strongest first: what one of them shows, this one shows too. */
export function strongerThan(name: ModelName): readonly ModelName[] {
  return STRONGER[name];
}
