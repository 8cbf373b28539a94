/** What a built module says about its build, in a custom section. */
import { readJsonSection } from "./section.js";

/** Name of the custom section that describes how the module was built. */
export const BUILD_SECTION = "rmap.build";

/** How a module was built. */
export interface Built {
  /** Version of the package. */
  readonly version: string;
  readonly target: string;
  readonly overlays: readonly string[];
  /** A checksum of its code. */
  readonly code: string;
}

/** Reads it. Undefined for a module that does not say its code. */
export function builtOf(module: WebAssembly.Module): Built | undefined {
  const built = readJsonSection(module, BUILD_SECTION) as Partial<Built> | undefined;
  return typeof built?.code === "string" ? (built as Built) : undefined;
}
