/** The memory models of the engine by name. */

import type { ModelName } from "../lkmm/rules.js";
import type { ModelFactory } from "./model.js";
import { sc } from "./sc.js";
import { pso, tso } from "./store-buffer.js";

export type { ModelName } from "../lkmm/rules.js";

/** The models, the strongest first: what one of them shows, those behind it show too. */
const MODELS: Readonly<Partial<Record<ModelName, ModelFactory>>> = { sc, tso, pso };

/** Their names, in that order. */
export const ENGINE_MODELS = Object.keys(MODELS) as readonly ModelName[];

/** Makes a model. Throws a TypeError for one that is not among ENGINE_MODELS. */
export function factoryOf(name: ModelName): ModelFactory {
  const factory = MODELS[name];
  if (factory === undefined) throw new TypeError(`the engine has no memory model ${name}`);
  return factory;
}

/** Whether a model leaves something open. */
export function isWeak(name: ModelName): boolean {
  return name !== "sc";
}

/** The models that are stronger than another one, the strongest first. */
export function strongerThan(name: ModelName): readonly ModelName[] {
  return ENGINE_MODELS.slice(0, ENGINE_MODELS.indexOf(name));
}
