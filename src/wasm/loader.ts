/**
 * The one place that instantiates WebAssembly, with the AssemblyScript loader: from a compiled module, from bytes, or from a
 * response whose bytes still arrive. The build puts the loader's code into this file's module, so that nobody installs it.
 * We do not use the loader's helpers for managed objects (the engine has none) or its argument-counting wrappers. Callers
 * get the plain exports.
 */
import { instantiateSync, instantiate as load } from "@assemblyscript/loader";
import { EnvironmentError } from "../errors.js";
import { isNode } from "../platform/host.js";

/** What you can instantiate. A response must say that it is `application/wasm`. */
export type WasmSource = WebAssembly.Module | Uint8Array<ArrayBuffer> | Response;

/** An instance, with the module that it is of. */
export interface Instantiated {
  readonly module: WebAssembly.Module;
  readonly exports: WebAssembly.Exports;
}

/** Instantiates any source. Rejects with WebAssembly's own errors: CompileError, LinkError, or those of the start function. */
export async function instantiate(source: WasmSource, imports: WebAssembly.Imports): Promise<Instantiated> {
  if (isNode) {
    // V8 keeps what it instantiated asynchronously until it does so again, and with it the memory of an engine.
    const module = await compiled(source);
    return { module, exports: instantiateNow(module, imports) };
  }
  const { module, instance } = await load(source, imports);
  return { module, exports: instance.exports };
}

async function compiled(source: WasmSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  return source instanceof Uint8Array ? WebAssembly.compile(source) : WebAssembly.compileStreaming(source);
}

/** Instantiates a compiled module at once. Throws WebAssembly's own errors. For threads that may block. */
export function instantiateNow(
  module: WebAssembly.Module,
  imports: WebAssembly.Imports,
): WebAssembly.Exports {
  return instantiateSync(module, imports).instance.exports;
}

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
  /** `size`: the bytes are 2 ** size. The value passes through the CPU's cell, Cpu.accessValue. */
  accessHere(slot: number, address: number, size: number, write: number): number;
  /** Where the bytes of a page stand, from the address on; or a negative result. */
  span(slot: number, address: number, write: number): number;
  spanEnd(): void;
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
  "accessHere",
  "span",
  "spanEnd",
];

/** An instance of the engine on a memory, with the module that it is of. */
export interface EngineInstance {
  readonly module: WebAssembly.Module;
  readonly exports: EngineExports;
}

/**
 * Makes an instance of the engine on a memory. `name` is the source in messages. `look` sees the module before its exports
 * are checked, and may throw. Throws EnvironmentError when the source is not WebAssembly, does not fit the memory (size,
 * sharing) or does not export what an engine exports.
 */
export async function loadEngine(
  source: WasmSource,
  memory: WebAssembly.Memory,
  name: string,
  look: (module: WebAssembly.Module) => void = () => {},
): Promise<EngineInstance> {
  try {
    const { module, exports } = await instantiate(source, { env: { memory } });
    look(module);
    return { module, exports: engineExports(exports) };
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) throw noModule(name, error);
    throw linkError(error);
  }
}

/** The same at once, from a compiled module: for the thread of a worker. */
export function instantiateEngine(module: WebAssembly.Module, memory: WebAssembly.Memory): EngineExports {
  try {
    return engineExports(instantiateNow(module, { env: { memory } }));
  } catch (error) {
    throw linkError(error);
  }
}

/** The error for bytes that are no WebAssembly that this environment compiles. */
export function noModule(name: string, error: unknown): EnvironmentError {
  const { message } = error as Error;
  return new EnvironmentError(
    `cannot compile the engine from ${name}: ${message}`,
    /content security policy|\bCSP\b/i.test(message)
      ? "allow `script-src 'wasm-unsafe-eval'` in the page's content security policy"
      : "it must be the package's own engine.wasm, or one that you compiled; a server may have sent a page instead",
  );
}

function linkError(error: unknown): EnvironmentError {
  if (error instanceof EnvironmentError) return error;
  return new EnvironmentError(
    `cannot link the engine module: ${error instanceof Error ? error.message : String(error)}`,
  );
}

function engineExports(exports: WebAssembly.Exports): EngineExports {
  const missing = REQUIRED.filter((name) => typeof exports[name] !== "function");
  if (missing.length > 0) {
    throw new EnvironmentError(
      `the engine module does not export ${missing.join(", ")}`,
      "pass the package's own engine.wasm",
    );
  }
  return exports as unknown as EngineExports;
}
