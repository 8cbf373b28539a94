/** The memory models by name. */

import type { ModelName } from "../lkmm/rules.js";
import type { ModelFactory } from "./model.js";
import { sc } from "./sc.js";
import { pso, tso } from "./store-buffer.js";

/** The models of the engine, the strongest first: what one of them shows, those behind it show too. */
export const MODELS: Readonly<Partial<Record<ModelName, ModelFactory>>> = { sc, tso, pso };

/** Their names. */
export const MODEL_NAMES = Object.keys(MODELS) as readonly ModelName[];

export type { ModelName } from "../lkmm/rules.js";
