/** Linking and booting a small modelled engine: its memory, with room for fibers behind it, and its one instance. */

import { EnvironmentError } from "../errors.js";
import { Layout } from "../wasm/layout.js";
import { createMemory, WASM_PAGE } from "../wasm/memory.js";
import { PLACES_SECTION } from "../wasm/places.js";
import { readJsonSection } from "../wasm/section.js";
import { bindHooks, type HookHandler } from "./access.js";
import type { ModelExports } from "./fiber.js";
import { bindPlain, type PlainHandler } from "./plain.js";

/** How large a modelled engine is. A restore copies all of it: keep it small. */
export interface ModelSize {
  /** The compiled model build, or a variant of it. */
  readonly module: WebAssembly.Module;
  /** Virtual CPUs, 1 to 63. */
  readonly cpus: number;
  /** Page frames. Default: more than one list for each CPU, so that no CPU's list takes the frames of another one. */
  readonly frames?: number;
  /** Pages for page tables and objects. Default: as for the frames. */
  readonly arenaPages?: number;
  /** Slots for address spaces. Default 8. */
  readonly spaces?: number;
  /** Slots for files, of which slot 0 is none. Default 2. */
  readonly files?: number;
  /** Slots of swap. Default 0. */
  readonly swap?: number;
  /** Blocks of the store behind the page cache. Default 0. */
  readonly blocks?: number;
}

/** A modelled engine that is linked with its memory. */
export interface LinkedModel {
  readonly memory: WebAssembly.Memory;
  readonly exports: ModelExports;
  readonly layout: Layout;
  /** Names of the places in the code, by number. */
  readonly places: readonly string[];
  /** Whether the engine tells of its plain accesses: 1 or 0. Without effect in a build that does not show them. */
  readonly tells: WebAssembly.Global<"i32">;
  /** The end of the engine's memory. The extra bytes begin here. */
  readonly end: number;
  /**
   * Boots the engine. Call it once, when the hooks are ready. Throws an EnvironmentError when the engine does not
   * fit.
   */
  boot(): void;
}

/** Records in a CPU's ring. An explored program is far shorter. */
const QUEUE_RECORDS = 64;

/**
 * Links an engine whose hooks call `handle` and whose plain accesses call `see`, if the build shows them, on a memory with `extra` bytes behind the engine's own. Throws an
 * EnvironmentError when the module is not a model build or the memory is not available.
 */
export function linkModel(
  size: ModelSize,
  extra: number,
  handle: HookHandler,
  see: PlainHandler,
): LinkedModel {
  const { module, cpus, spaces = 8, files = 2, swap = 0, blocks = 0 } = size;
  if (!WebAssembly.Module.exports(module).some(({ name }) => name === "asyncify_start_unwind")) {
    throw new EnvironmentError("exploring needs the model build of the engine", "pass engine.model.wasm");
  }
  const layout = Layout.of(module);
  const pages = (cpus + 2) * layout.constant("PCP_BATCH");
  const { frames = pages, arenaPages = pages } = size;
  const model = bindHooks(module, handle);
  const plain = bindPlain(see);
  const instantiate = (memory: WebAssembly.Memory): ModelExports => {
    return new WebAssembly.Instance(module, { env: { memory }, model, plain })
      .exports as unknown as ModelExports;
  };
  const shape = [
    frames,
    cpus,
    spaces,
    files,
    layout.constant("CONTENT_WORD"),
    QUEUE_RECORDS,
    swap,
    blocks,
  ] as const;
  const metadata = arenaPages * layout.constant("PAGE_SIZE");
  // Only the engine knows the size of its tables. To ask it we need an instance, and an instance needs a memory.
  const end = instantiate(createMemory(WASM_PAGE)).bootBytes(...shape, metadata);
  const memory = createMemory(end + extra);
  const exports = instantiate(memory);
  const places = (readJsonSection(module, PLACES_SECTION) ?? []) as readonly string[];
  const boot = (): void => {
    const result = exports.boot(end, ...shape);
    if (result === 0) return;
    throw new EnvironmentError(`the modelled engine does not boot (result ${result})`, "give it more pages");
  };
  return { memory, exports, layout, places, tells: plain.on, end, boot };
}
