/** Sources with overlays laid over them, to look at: nothing is compiled. */

import { join } from "node:path";
import { packageRoot } from "./engine.js";
import { type Composed, layOver, type OverlayFolders } from "./overlay.js";
import { readLayers } from "./read-layers.js";
import { readSources } from "./read-sources.js";
import type { SourceTree } from "./sources.js";

/** The engine's own sources. */
export function engineSources(): Promise<SourceTree> {
  return readSources(join(packageRoot(), "assembly"));
}

/**
 * The engine's sources with overlays over them, and what each file changes. Pass `base` when you compose many: then the
 * engine's sources are read once.
 * Throws as {@link readLayers} and {@link layOver}.
 */
export async function composeEngine(
  overlays: readonly OverlayFolders[],
  base?: SourceTree,
): Promise<Composed> {
  const sources = base ?? (await engineSources());
  return layOver(sources, await readLayers(sources, overlays));
}
