/** Finds and compiles the engine's wasm: the package's own file, or the one that you pass. */

import { EnvironmentError, UsageError } from "../errors.js";
import { isNode } from "../platform/host.js";
import { readPlainFile } from "../platform/plain-file.js";
import { show } from "../text/arguments.js";

/** The source of the engine's wasm. The first given option counts; without any, the package's own file. */
export interface ModuleOptions {
  /** A compiled module, for hosts that do not allow compiling bytes. */
  readonly module?: WebAssembly.Module;
  /** The bytes of the wasm. */
  readonly wasmBytes?: Uint8Array<ArrayBuffer>;
  /** The URL to fetch the wasm from, or to read it from: a plain file. */
  readonly wasmUrl?: URL | string;
  /** Take the checked build: slower, with lock-order checks, poison and invariant checks. */
  readonly checked?: boolean;
  /**
   * Instantiate and boot the module on the calling thread at once. Default: true for the package's own files. The
   * engine tries any other module in a worker thread first, so that you get an error after 4 s if it never returns
   * from its start or from `boot`. This guards nothing else: later calls run on the calling thread, without a limit.
   */
  readonly trusted?: boolean;
}

/** The most bytes of a file: hundreds of times the size of an engine. */
const MOST_BYTES = 256 * 2 ** 20;

/** The package's own wasm file; bundlers recognise the literal pattern and include the file. */
function ownUrl(checked: boolean): URL {
  return checked
    ? new URL("../engine.checked.wasm", import.meta.url)
    : new URL("../engine.wasm", import.meta.url);
}

/** The package's own builds. */
const OWN: readonly URL[] = [
  new URL("../engine.wasm", import.meta.url),
  new URL("../engine.checked.wasm", import.meta.url),
  new URL("../engine.stress.wasm", import.meta.url),
  new URL("../engine.model.wasm", import.meta.url),
];

/** True when we must try a module in another thread before we instantiate it on this one. */
export async function isForeign(options: ModuleOptions): Promise<boolean> {
  const { trusted, module, wasmBytes, wasmUrl } = options;
  if (trusted !== undefined) return !trusted;
  if (module) return true;
  if (!wasmBytes) {
    if (wasmUrl === undefined) return false;
    const { href } = parsedUrl(wasmUrl);
    return !OWN.some((own) => own.href === href);
  }
  // Outside of Node we cannot read the package's own files.
  if (!isNode) return true;
  const files = await Promise.all(OWN.map((url) => readBytes(url).catch(() => undefined)));
  return !files.some((file) => file !== undefined && areEqual(file, wasmBytes));
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/**
 * Compiles the engine. Throws UsageError for options of another type; EnvironmentError when the file is not readable
 * or not WebAssembly, or when threads (shared memory, atomics) are not supported here.
 */
export async function loadModule(options: ModuleOptions = {}): Promise<WebAssembly.Module> {
  const { module, wasmBytes } = options;
  if (module !== undefined) {
    if (module instanceof WebAssembly.Module) return module;
    throw new UsageError(`module must be a WebAssembly.Module, not ${show(module)}`);
  }
  if (wasmBytes !== undefined && !(wasmBytes instanceof Uint8Array)) {
    throw new UsageError(`wasmBytes must be a Uint8Array, not ${show(wasmBytes)}`);
  }
  const url = options.wasmUrl === undefined ? ownUrl(options.checked ?? false) : parsedUrl(options.wasmUrl);
  const bytes = wasmBytes ?? (await readBytes(url));
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    const where = wasmBytes ? "the given bytes" : url.href;
    throw new EnvironmentError(`cannot compile the engine from ${where}: ${(error as Error).message}`);
  }
}

function parsedUrl(url: unknown): URL {
  if (url instanceof URL) return url;
  try {
    if (typeof url === "string") return new URL(url, import.meta.url);
  } catch {
    // Said below.
  }
  throw new UsageError(`wasmUrl must be a URL, not ${show(url)}`);
}

async function readBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    if (isNode && url.protocol === "file:") {
      return await readPlainFile(url, MOST_BYTES, true);
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new EnvironmentError(
      `cannot read the engine's WebAssembly file: ${(error as Error).message}`,
      `expected at ${url.href}; in a source tree, run \`npm run build\``,
    );
  }
}
