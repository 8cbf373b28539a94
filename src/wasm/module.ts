/** Finds the engine's wasm: the package's own file, or the one that you pass. */

import { EnvironmentError, UsageError } from "../errors.js";
import { checkedUrl, releaseUrl } from "../files.js";
import { isNode } from "../platform/host.js";
import { readPlainFile } from "../platform/plain-file.js";
import { flag, show } from "../text/arguments.js";
import { noModule, type WasmSource } from "./loader.js";

/** The source of the engine's wasm. The first given option counts; without any, the package's own file. */
export interface ModuleOptions {
  /** A compiled module, for hosts that do not allow compiling bytes. */
  readonly module?: WebAssembly.Module;
  /** The bytes of the wasm. */
  readonly wasmBytes?: Uint8Array<ArrayBuffer>;
  /** What `fetch` returns for the wasm. It compiles while its bytes arrive. */
  readonly wasmResponse?: Response | PromiseLike<Response>;
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

/** A wasm that was found, and its name in messages. */
export interface FoundModule {
  readonly source: WasmSource;
  readonly name: string;
}

/** The most bytes of a file: hundreds of times the size of an engine. */
const MOST_BYTES = 256 * 2 ** 20;
/** The type of a response that compiles while its bytes arrive. */
const WASM_TYPE = /^application\/wasm\s*(;|$)/i;

/** The name of a response in messages. */
const RESPONSE = "the given response";
/** The package's wasm files. */
const OWN: readonly string[] = [
  "engine.wasm",
  "engine.checked.wasm",
  "engine.stress.wasm",
  "engine.model.wasm",
  "monitor.wasm",
];

/** The bytes of the package's own engine, where a bundle brings them along: see inline.ts. */
let inlined: (() => Uint8Array<ArrayBuffer>) | undefined;

/** Takes the package's own engine from here instead of from its file. */
export function inlineEngine(bytes: () => Uint8Array<ArrayBuffer>): void {
  inlined = bytes;
}

/** True when we must try a module in another thread before we instantiate it on this one. */
export async function isForeign(options: ModuleOptions): Promise<boolean> {
  const { module, wasmBytes, wasmResponse, wasmUrl } = options;
  const trusted = flag("trusted", options.trusted);
  if (trusted !== undefined) return !trusted;
  if (module) return true;
  if (!wasmBytes) {
    if (wasmResponse !== undefined) return true;
    if (wasmUrl === undefined) return false;
    const { href } = parsedUrl(wasmUrl);
    return !ownUrls().some((own) => own.href === href);
  }
  // Outside of Node we cannot read the package's own files.
  if (!isNode) return true;
  const files = await Promise.all(ownUrls().map((url) => readFile(url).catch(() => undefined)));
  return !files.some((file) => file !== undefined && areEqual(file, wasmBytes));
}

/** The package's own builds; none where a bundle does not know its place. Some stand in no bundle: their names are no literals. */
function ownUrls(): URL[] {
  try {
    const others = ["engine.stress.wasm", "engine.model.wasm"].map((name) => new URL(name, releaseUrl()));
    return [releaseUrl(), checkedUrl(), ...others];
  } catch {
    return [];
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/**
 * Finds the wasm that the options name. Throws UsageError for options of another type, and EnvironmentError when a file
 * or a response is not readable.
 */
export async function findModule(options: ModuleOptions = {}): Promise<FoundModule> {
  const { module, wasmBytes, wasmResponse, wasmUrl, checked = false } = options;
  if (module !== undefined) {
    if (module instanceof WebAssembly.Module) return { source: module, name: "the given module" };
    throw new UsageError(`module must be a WebAssembly.Module, not ${show(module)}`);
  }
  if (wasmBytes !== undefined) {
    if (wasmBytes instanceof Uint8Array) return { source: wasmBytes, name: "the given bytes" };
    throw new UsageError(`wasmBytes must be a Uint8Array, not ${show(wasmBytes)}`);
  }
  if (wasmResponse !== undefined) return fromResponse(await responseOf(wasmResponse), RESPONSE);
  if (wasmUrl === undefined && inlined !== undefined && !checked)
    return { source: inlined(), name: "this bundle" };
  const url = wasmUrl === undefined ? (checked ? checkedUrl() : releaseUrl()) : parsedUrl(wasmUrl);
  if (isNode && url.protocol === "file:") return { source: await readFile(url), name: url.href };
  return fromResponse(await arrived(url, fetch(url)), url.href);
}

/**
 * Compiles the engine that the options name. Throws what `findModule` throws, and EnvironmentError when it is not
 * WebAssembly, or when threads (shared memory, atomics) are not supported here.
 */
export async function loadModule(options: ModuleOptions = {}): Promise<WebAssembly.Module> {
  const { source, name } = await findModule(options);
  try {
    if (source instanceof WebAssembly.Module) return source;
    return await (source instanceof Uint8Array
      ? WebAssembly.compile(source)
      : WebAssembly.compileStreaming(source));
  } catch (error) {
    throw noModule(name, error);
  }
}

/** A response that may compile while it arrives; the bytes of one that does not say that it is WebAssembly. */
async function fromResponse(response: Response, name: string): Promise<FoundModule> {
  if (!response.ok) throw unreadable(name, new Error(`HTTP status ${response.status}`));
  if (WASM_TYPE.test(response.headers.get("content-type") ?? "")) return { source: response, name };
  return { source: new Uint8Array(await arrived(name, response.arrayBuffer())), name };
}

/** The caller's response. Throws UsageError for what is none, or has been read, and EnvironmentError for one that does not come. */
async function responseOf(response: unknown): Promise<Response> {
  const found = await arrived(RESPONSE, response as PromiseLike<unknown>);
  if (typeof Response === "undefined" || !(found instanceof Response))
    throw new UsageError(`wasmResponse must be a Response, as fetch returns it, not ${show(found)}`);
  if (found.bodyUsed)
    throw new UsageError("wasmResponse has been read already", "fetch it again, or pass response.clone()");
  return found;
}

/** What arrives from `from`. Turns the errors of the network into ours. */
async function arrived<T>(from: URL | string, what: PromiseLike<T>): Promise<T> {
  try {
    return await what;
  } catch (error) {
    throw unreadable(from, error);
  }
}

function parsedUrl(url: unknown): URL {
  if (url instanceof URL) return url;
  if (typeof url === "string") {
    const found = urlOf(url) ?? urlOf(url, globalThis.location?.href ?? releaseUrl().href);
    if (found !== undefined) return found;
  }
  throw new UsageError(`wasmUrl must be a URL, not ${show(url)}`);
}

function urlOf(url: string, base?: string): URL | undefined {
  try {
    return new URL(url, base);
  } catch {
    return undefined;
  }
}

async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readPlainFile(url, MOST_BYTES, true);
  } catch (error) {
    throw unreadable(url, error);
  }
}

function unreadable(url: URL | string, error: unknown): EnvironmentError {
  const file = String(url).split("/").at(-1) ?? "";
  return new EnvironmentError(
    `cannot read the engine's WebAssembly file: ${(error as Error).message}`,
    `expected at ${String(url)}${OWN.includes(file) ? `; in a bundle, copy dist/${file} beside it (docs/embedding.md); in a source tree, run \`npm run build\`` : ""}`,
  );
}
