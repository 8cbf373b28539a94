/**
 * The compiler of engines without Node: sources and overlays are texts, and the AssemblyScript compiler is what you pass to
 * `useCompiler`. It takes seconds of its thread: run it in a worker. docs/embedding.md shows how.
 */
export { type Compiler, useCompiler } from "./build/compiler.js";
export { BuildError, type Diagnostic, formatDiagnostic, OverlayError } from "./build/diagnostic.js";
export { type BuildInfo, type CompiledEngine, describeEngine } from "./build/engine-input.js";
export {
  compileEngine,
  type EngineSources,
  type MemoryOverlay,
  type MemorySource,
  type SourceTexts,
} from "./build/memory.js";
export type { CompilerOptions, ConfigFile } from "./build/target.js";
