/** Names an engine by what goes into it, without compiling it. */

import { cacheKey } from "./cache.js";
import { type EngineSource, readInput } from "./engine.js";

/**
 * The key of an engine: equal keys, equal modules. Throws an OverlayError for an overlay that does not fit.
 */
export async function engineKey(source: EngineSource): Promise<string> {
  return cacheKey(await readInput(source), source.text ?? false);
}
