/** What the build writes for build/memory.ts. */
import type { EngineSources } from "./build/memory.js";

/** The package's own sources. */
export const sources: EngineSources;
