/** The engine of a variant, for one of the builds. */

import { normalize } from "node:path";
import { compileInThread } from "../build/compile.js";
import type { OverlayFolders } from "../build/overlay.js";
import { shown } from "../build/sources.js";
import { RmapError } from "../errors.js";
import { modelUrl } from "../explore-files.js";
import { checkedUrl, releaseUrl } from "../files.js";
import { cacheFolder } from "../platform/cache-folder.js";
import { stressUrl } from "../stress-files.js";
import { loadModule } from "../wasm/module.js";
import type { Variant } from "./variant.js";

/** The package's own builds that replace nothing, by target. */
const OWN: Readonly<Record<string, URL>> = {
  release: releaseUrl(),
  checked: checkedUrl(),
  stress: stressUrl(),
  model: modelUrl(),
};

/**
 * The variant's module for a target; mainline's is the package's own. Throws as {@link compiledBytes} does.
 */
export async function compiledVariant(variant: Variant, target: string): Promise<WebAssembly.Module> {
  const own = variant.layers.length === 0 ? OWN[target] : undefined;
  if (own !== undefined) return loadModule({ wasmUrl: own });
  return WebAssembly.compile(await compiledBytes(variant, target));
}

/**
 * The bytes of the variant's module for a target, with further overlays above it, compiled or from the cache. Throws
 * OverlayError and BuildError for a folder that does not fit or does not compile, and EnvironmentError when the compiler
 * is not installed; the message names the variant.
 */
export async function compiledBytes(
  variant: Variant,
  target: string,
  above: readonly OverlayFolders[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const { layers } = variant;
  const overlays = [...(layers.length === 0 ? [] : [layers]), ...above];
  try {
    const { wasm } = await compileInThread({ target, overlays }, { cache: cacheFolder() });
    return wasm as Uint8Array<ArrayBuffer>;
  } catch (error) {
    throw naming(variant, error);
  }
}

/** Adds the variant's name to an error's message, unless it is there. */
export function naming(variant: Variant, error: unknown): unknown {
  if (variant.layers.length === 0 || !(error instanceof RmapError)) return error;
  const { message } = error;
  if (!message.includes(normalize(variant.folder)))
    error.message = `${variant.foreign ? shown(variant.folder) : variant.name}: ${message}`;
  return error;
}
