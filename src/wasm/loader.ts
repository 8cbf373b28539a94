/**
 * The one place that uses the AssemblyScript loader: turns a compiled module and a memory into the engine's exports.
 * We do not use the loader's helpers for managed objects (the engine has none) or its argument-counting wrappers.
 * Callers get the plain exports.
 */
import { instantiateSync } from "@assemblyscript/loader";
import { EnvironmentError } from "../errors.js";

/** What an engine module exports. All numbers are integers; addresses are byte offsets into the memory. */
export interface EngineExports {
  boot(
    bytes: number,
    frames: number,
    cpus: number,
    spaces: number,
    files: number,
    content: number,
    queueRecords: number,
    swapSlots: number,
    blocks: number,
  ): number;
  bootBytes(
    frames: number,
    cpus: number,
    spaces: number,
    files: number,
    content: number,
    queueRecords: number,
    swapSlots: number,
    blocks: number,
    metadataBytes: number,
  ): number;
  cpuStart(cpu: number): void;
  cpuRun(): number;
  runQueue(): number;
  checkAll(): number;
  checkSpace(slot: number): number;
  reclaimIdle(): void;
}

const REQUIRED: readonly (keyof EngineExports)[] = [
  "boot",
  "bootBytes",
  "cpuStart",
  "cpuRun",
  "runQueue",
  "checkAll",
  "checkSpace",
  "reclaimIdle",
];

/**
 * Makes an instance of the engine on a memory. Throws EnvironmentError when the module does not fit the
 * memory (size, sharing) or does not export what an engine exports.
 */
export function instantiateEngine(module: WebAssembly.Module, memory: WebAssembly.Memory): EngineExports {
  let exports: WebAssembly.Exports;
  try {
    exports = instantiateSync(module, { env: { memory } }).instance.exports;
  } catch (error) {
    throw new EnvironmentError(
      `cannot link the engine module: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const missing = REQUIRED.filter((name) => typeof exports[name] !== "function");
  if (missing.length > 0) {
    throw new EnvironmentError(
      `the engine module does not export ${missing.join(", ")}`,
      "pass the package's own engine.wasm",
    );
  }
  return exports as unknown as EngineExports;
}
