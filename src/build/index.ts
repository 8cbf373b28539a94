/**
 * Compiles engines from the sources in `assembly/`, with overlays. The package's own build and your variants use it.
 */

export { cacheFolder } from "../platform/cache-folder.js";
export { BUILD_SECTION } from "../wasm/built.js";
export { PLACES_SECTION } from "../wasm/places.js";
export { readJsonSection } from "../wasm/section.js";
export { compileInThread, type ThreadOptions } from "./compile.js";
export { type CompileAllOptions, compileAll } from "./compile-all.js";
export { readTarget, readTargets } from "./config.js";
export { BuildError, type Diagnostic, formatDiagnostic, OverlayError } from "./diagnostic.js";
export { compileEngine, type EngineSource, packageRoot } from "./engine.js";
export { type BuildInfo, type CompiledEngine, describeEngine } from "./engine-input.js";
export {
  type FieldLayout,
  type FieldType,
  LAYOUT_SECTION,
  type Layout,
  type StructLayout,
} from "./layout.js";
export type { OverlayFolders } from "./overlay.js";
export type { CompilerOptions, Target } from "./target.js";
